//! What probing costs: a server that probes 1,000 endpoints every second, and the processor time it takes for that.
//!
//! `cargo run --release --example probe_scale [SECONDS]` with `meridian` built beside it (`cargo build --release`). The
//! endpoints are addresses of 127.0.0.0/8, answered by one small process, this program again.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement for people"
)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const REGIONS: usize = 40;
const ENDPOINTS: usize = 25;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("listen") => listen(),
        seconds => measure(seconds.map_or(20, |seconds| seconds.parse().unwrap())),
    }
}

/// Answers every connection as a gateway's liveliness path does.
fn listen() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 1024];
                let _read = stream.read(&mut request).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n\"I'm alive!\"";
                let _written = stream.write_all(answer).await;
            });
        }
    });
}

fn measure(seconds: u64) {
    let own = std::env::current_exe().unwrap();
    let mut listener = Ended(Command::new(&own).arg("listen").stdout(Stdio::piped()).spawn().unwrap());
    let mut port = String::new();
    BufReader::new(listener.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let home = tempfile::tempdir().unwrap();
    write(home.path(), port.trim());
    let meridian = own.parent().and_then(Path::parent).unwrap().join("meridian");
    let mut command = Command::new(&meridian);
    command.arg("serve").arg("--config").arg(home.path().join("meridian.toml")).stderr(Stdio::null());
    let server = Ended(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", meridian.display())));
    std::thread::sleep(Duration::from_secs(5));
    let (before, began) = (spent(server.0.id()), Instant::now());
    let rounds = count(home.path());
    std::thread::sleep(Duration::from_secs(seconds));
    let (after, wall) = (spent(server.0.id()), began.elapsed().as_secs_f64());
    let rate = (count(home.path()) - rounds) / wall;
    let share = (after - before).as_secs_f64() / wall * 100.0;
    println!(
        "{} endpoints, {rate:.0} rounds a second: {share:.1} % of a core over {wall:.0} s",
        REGIONS * ENDPOINTS
    );
}

/// A process that ends with this one.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Processor time of a process so far, its own and the kernel's for it (proc(5)).
fn spent(process: u32) -> Duration {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = line.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u64 = [11, 12].iter().map(|at| fields[*at].parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// Rounds so far, by the server's own metrics.
fn count(home: &Path) -> f64 {
    let page = Command::new("curl").args(["-sS", "http://127.0.0.1:18053/metrics"]).output().unwrap();
    assert!(page.status.success(), "no metrics of the server in {}", home.display());
    let page = String::from_utf8(page.stdout).unwrap();
    let counts = page
        .lines()
        .filter(|line| line.starts_with("meridian_probe_seconds_count{") && line.contains("\"liveliness\""));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

fn write(home: &Path, port: &str) {
    let mut text = format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\nworkers = 1\n[web]\nlisten = \"127.0.0.1:18053\"\n[zones]\ndirectory = \"zones\"\n\
         [probes.p]\nport = {port}\ninterval = \"1s\"\nfast_interval = \"1s\"\ntimeout = \"900ms\"\n\
         liveliness = {{ path = \"/health/liveliness\" }}\n"
    );
    for region in 0..REGIONS {
        let endpoints: Vec<String> = (1..=ENDPOINTS).map(|at| format!("\"127.1.{region}.{at}\"")).collect();
        let endpoints = endpoints.join(", ");
        writeln!(
            text,
            "[regions.r{region}]\njurisdiction = \"US\"\nendpoints = [{endpoints}]\nprobe = \"p\""
        )
        .unwrap();
    }
    let names: Vec<String> = (0..REGIONS).map(|region| format!("\"r{region}\"")).collect();
    let names = names.join(", ");
    writeln!(text, "[services.\"api.example.com\"]\nregions = [{names}]\nstrategy = \"failover\"\nttl = {{ min = \"5s\", max = \"30s\" }}").unwrap();
    std::fs::write(home.join("meridian.toml"), text).unwrap();
    std::fs::create_dir(home.join("zones")).unwrap();
    std::fs::write(
        home.join("zones/example.com.zone"),
        "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n",
    )
    .unwrap();
}
