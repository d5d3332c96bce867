//! A server that runs out of descriptors: a process of its own, since the limit is a process's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use meridian::dns::TcpLimits;

use super::server::{PATIENCE, query, refused, start};

const SERVED: &str = "MERIDIAN_TEST_SERVE";
const TEST: &str = "descriptors::without_descriptors_newcomers_are_served_and_no_processor_burns";
const MARK: &str = "serving ";
const DESCRIPTORS: usize = 48;

#[test]
fn without_descriptors_newcomers_are_served_and_no_processor_burns() {
    if std::env::var_os(SERVED).is_some() {
        return serve_until_the_parent_goes();
    }
    let (mut child, _output, address) = spawn();
    let connect = || TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    let idle: Vec<_> = (0..4 * DESCRIPTORS).map(|_| connect()).collect();
    let before = processor_ticks(&child);
    for id in 0..10 {
        let mut newcomer = connect();
        newcomer.set_read_timeout(Some(PATIENCE)).unwrap();
        newcomer.write_all(&[&[0, 30], query(id).as_slice()].concat()).unwrap();
        let mut length = [0; 2];
        newcomer.read_exact(&mut length).unwrap();
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        newcomer.read_exact(&mut answer).unwrap();
        assert_eq!(refused(&answer), id);
    }
    let ticks = processor_ticks(&child) - before;
    assert!(ticks < 20, "{ticks} ticks of 10 ms for ten queries");
    drop((idle, child.stdin.take()));
    assert!(child.wait().unwrap().success());
}

/// What the same test does as a child.
fn serve_until_the_parent_goes() {
    let dns = start(&["127.0.0.1:0"], TcpLimits::default());
    println!("\n{MARK}{}", dns.addresses()[0]);
    let _ = std::io::stdin().read(&mut [0]);
}

/// This test again, in a process with few descriptors; its output is to be kept open.
fn spawn() -> (Child, BufReader<ChildStdout>, SocketAddr) {
    let script = format!("ulimit -n {DESCRIPTORS}; exec \"$0\" --exact {TEST} --nocapture");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(SERVED, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let address = output
        .by_ref()
        .lines()
        .find_map(|line| line.unwrap().strip_prefix(MARK).map(str::to_owned))
        .expect("the child says where it serves");
    (child, output, address.parse().unwrap())
}

/// User and system time of the child.
fn processor_ticks(child: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}
