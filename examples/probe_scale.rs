//! What probing costs: a server that probes 1,000 endpoints every second, the processor time it takes for that, and what
//! its clients feel of it: queries of one after the other, beside the same server without probes, in turns.
//!
//! `cargo run --release --example probe_scale [SECONDS [TURNS]]` with `meridian` built beside it (`cargo build --release`).
//! The endpoints are addresses of 127.0.0.0/8, answered by one small process, this program again.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement for people"
)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const REGIONS: usize = 40;
const ENDPOINTS: usize = 25;
const TURN: Duration = Duration::from_secs(5);

fn main() {
    let told = |at: usize, usual: u64| std::env::args().nth(at).map_or(usual, |text| text.parse().unwrap());
    if std::env::args().nth(1).as_deref() == Some("listen") {
        return listen();
    }
    let gateways = Gateways::start();
    spend(&gateways, told(1, 20));
    feel(&gateways, told(2, 10));
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

/// The process that answers as all endpoints.
struct Gateways {
    _process: Ended,
    port: String,
}

impl Gateways {
    fn start() -> Self {
        let own = std::env::current_exe().unwrap();
        let mut process = Ended(Command::new(&own).arg("listen").stdout(Stdio::piped()).spawn().unwrap());
        let mut port = String::new();
        BufReader::new(process.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { _process: process, port: port.trim().to_owned() }
    }
}

/// A server at work, and its home.
struct Server {
    process: Ended,
    home: tempfile::TempDir,
    dns: SocketAddr,
}

impl Server {
    /// Starts one and lets it come to rest.
    fn start(gateways: &Gateways, probing: bool) -> Self {
        let home = tempfile::tempdir().unwrap();
        write(home.path(), &gateways.port, probing);
        let own = std::env::current_exe().unwrap();
        let meridian = own.parent().and_then(Path::parent).unwrap().join("meridian");
        let mut command = Command::new(&meridian);
        command.arg("serve").arg("--config").arg(home.path().join("meridian.toml"));
        command.env("NO_COLOR", "1").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process =
            Ended(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", meridian.display())));
        let mut lines = BufReader::new(process.0.stderr.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.find(|line| line.contains("over UDP and TCP")).expect("it says where it answers");
        let dns = said.rsplit_once("address=").and_then(|(_, address)| address.trim().parse().ok());
        std::thread::spawn(move || lines.for_each(drop));
        std::thread::sleep(Duration::from_secs(5));
        Self { process, home, dns: dns.expect("an address") }
    }
}

fn spend(gateways: &Gateways, seconds: u64) {
    let server = Server::start(gateways, true);
    let (before, began) = (spent(server.process.0.id()), Instant::now());
    let rounds = count(server.home.path());
    std::thread::sleep(Duration::from_secs(seconds));
    let (after, wall) = (spent(server.process.0.id()), began.elapsed().as_secs_f64());
    let rate = (count(server.home.path()) - rounds) / wall;
    let share = (after - before).as_secs_f64() / wall * 100.0;
    println!(
        "{} endpoints, {rate:.0} rounds a second: {share:.1} % of a core over {wall:.0} s",
        REGIONS * ENDPOINTS
    );
}

/// Queries one after the other for some seconds, of a server that probes and of one that does not, in turns.
fn feel(gateways: &Gateways, turns: u64) {
    let mut took = [Vec::new(), Vec::new()];
    for turn in 0..turns * 2 {
        let probing = turn % 2 == 0;
        let server = Server::start(gateways, probing);
        took[usize::from(probing)].extend(ask(server.dns, TURN));
    }
    for (took, what) in took.iter_mut().zip(["without probes", "with probes"]) {
        took.sort_unstable();
        let at = |part: f64| took[((took.len() as f64 * part) as usize).min(took.len() - 1)];
        println!(
            "{what}: {} queries in {turns} turns of {} s, median {:.1?}, p99 {:.1?}, p99.9 {:.1?}",
            took.len(),
            TURN.as_secs(),
            at(0.5),
            at(0.99),
            at(0.999)
        );
    }
}

/// How long each answer took.
fn ask(server: SocketAddr, lasts: Duration) -> Vec<Duration> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let query = b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x03api\x07example\x03com\0\0\x01\0\x01";
    let (began, mut answer, mut took) = (Instant::now(), [0; 512], Vec::new());
    while began.elapsed() < lasts {
        let sent = Instant::now();
        socket.send(query).unwrap();
        socket.recv(&mut answer).unwrap();
        took.push(sent.elapsed());
    }
    took
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

fn write(home: &Path, port: &str, probing: bool) {
    let mut text = format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\nworkers = 1\nprobing = {probing}\n[web]\nlisten = \"127.0.0.1:18053\"\n[zones]\ndirectory = \"zones\"\n\
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
