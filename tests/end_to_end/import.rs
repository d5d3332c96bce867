//! Imported worlds: a gdnsd config under gdnsd and, imported, under Meridian, asked the same by 1,000 clients.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use meridian::geo::Country;

use super::loopback::free_address;
use super::maxmind::Writer;
use super::server::{PATIENCE, Server, meridian, run};

const CLIENTS: usize = 1_000;

/// gdnsd in the foreground, killed when dropped.
struct Gdnsd(Child);

impl Drop for Gdnsd {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Numbers that repeat from run to run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % bound
    }
}

/// Serves what was imported, on free ports.
fn serve(imported: &Path) -> Server {
    let config = imported.join("meridian.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let free = text.replace("127.0.0.1:5353", "127.0.0.1:0").replace("127.0.0.1:8053", "127.0.0.1:0");
    std::fs::write(&config, free).unwrap();
    let mut command = meridian();
    Server::start(command.args(["serve", "--config"]).arg(&config), imported.join("run/meridian.sock"))
}

#[test]
fn an_imported_gdnsd_world_answers_as_gdnsd_does() {
    let directory = tempfile::tempdir().unwrap();
    let (source, imported) = (directory.path().join("gdnsd"), directory.path().join("imported"));
    let mut numbers = Numbers(7);
    let theirs = free_address();
    write_world(&source, theirs, &mut numbers);
    let _gdnsd = start_gdnsd(&source);

    let said = run(meridian().args(["import", "gdnsd"]).arg(&source).arg("--into").arg(&imported));
    assert_eq!(said.code, 0, "{said:?}");
    for note in
        ["plugins.geoip.maps.everyone: ignore_ecs is not carried", "zones/example.com:9: DYNA weighted!odd"]
    {
        assert!(said.out.contains(note), "{note} in {}", said.out);
    }
    let server = serve(&imported);

    let names = ["api.example.com", "order.example.com", "pair.example.com"];
    let began = Instant::now();
    while ask(theirs, names[0], IpAddr::from([20, 0, 0, 0])).is_none() {
        assert!(began.elapsed() < PATIENCE, "gdnsd does not answer");
    }
    let mut met = std::collections::BTreeSet::new();
    for client in 0..CLIENTS {
        let (subnet, name) = (random_client(&mut numbers), names[client % 8 % names.len()]);
        let (ours, theirs) = (ask(server.dns, name, subnet), ask(theirs, name, subnet));
        assert_eq!(ours, theirs, "{name} for {subnet}");
        met.extend(ours.expect("an answer"));
    }
    assert_eq!(met.len(), 6, "every address that serves was met: {met:?}");
    server.stop();
}

#[test]
fn an_imported_route_53_zone_serves() {
    let directory = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/route53.json");
    let import = || {
        let mut command = meridian();
        run(command.args(["import", "route53"]).arg(&file).arg("--into").arg(directory.path()).arg("--json"))
    };
    let said = import();
    assert_eq!(said.code, 0, "{said:?}");
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&told["services"], &told["zones"]), (&4.into(), &1.into()), "{told}");
    let server = serve(directory.path());
    assert_eq!(
        server.dig(&["api.example.com", "+subnet=81.2.69.0/24"]),
        ["192.0.2.21"],
        "a client in Britain"
    );
    assert_eq!(
        server.dig(&["api.example.com", "AAAA", "+subnet=91.10.0.0/24"]),
        ["2001:db8:2::20"],
        "one in Germany"
    );
    assert_eq!(server.dig(&["db.example.com"]), ["192.0.2.31"]);
    assert_eq!(server.dig(&["anything.example.com", "TXT"]), ["\"a b\""]);
    server.stop();
    let again = import();
    assert_eq!(again.code, 2, "nothing is overwritten: {again:?}");
    assert!(again.err.contains("meridian.toml"), "{again:?}");
}

fn write_world(root: &Path, listen: SocketAddr, numbers: &mut Numbers) {
    for folder in ["zones", "geoip", "run", "state"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    let (run, state) = (root.join("run"), root.join("state"));
    let options = format!(
        "options => {{ listen => {listen}, udp_threads => 1, tcp_threads => 1, edns_client_subnet => true,\n  run_dir => {}, state_dir => {} }}\n",
        run.display(),
        state.display()
    );
    std::fs::write(root.join("config"), options + CONFIG).unwrap();
    std::fs::write(root.join("zones/example.com"), ZONE).unwrap();
    std::fs::write(root.join("geoip/world.mmdb"), database(numbers)).unwrap();
}

/// 400 /16 of IPv4 and 100 /32 of IPv6, each in some country.
fn database(numbers: &mut Numbers) -> Vec<u8> {
    let countries: Vec<Country> = Country::all().collect();
    let mut writer = Writer::new(1_790_000_000);
    for at in 0..500_u16 {
        let country = countries[numbers.below(countries.len() as u64) as usize];
        let (first, last) = if at < 400 {
            let bits = u32::from(20 + at / 8) << 24 | u32::from(at % 8) << 21;
            (Ipv4Addr::from(bits).into(), Ipv4Addr::from(bits | 0xffff).into())
        } else {
            let bits = u128::from(0x2a00_u16) << 112 | u128::from(at) << 96;
            (Ipv6Addr::from(bits).into(), Ipv6Addr::from(bits | ((1 << 96) - 1)).into())
        };
        writer.locate(first, last, country);
    }
    writer.finish()
}

/// A /24 or /56: mostly inside the database, sometimes anywhere.
fn random_client(numbers: &mut Numbers) -> IpAddr {
    let at = numbers.below(400) as u32;
    match numbers.below(10) {
        0 => Ipv4Addr::from((1 + numbers.below(222) as u32) << 24 | (numbers.below(1 << 16) as u32) << 8)
            .into(),
        1 => {
            let network = u128::from(0x2a00_u16) << 112 | u128::from(400 + numbers.below(100)) << 96;
            Ipv6Addr::from(network | u128::from(numbers.below(1 << 24)) << 72).into()
        }
        _ => Ipv4Addr::from((20 + at / 8) << 24 | (at % 8) << 21 | (numbers.below(256) as u32) << 8).into(),
    }
}

fn start_gdnsd(root: &Path) -> Gdnsd {
    let mut command = Command::new(if Path::new(GDNSD).exists() { GDNSD } else { "gdnsd" });
    command.arg("-c").arg(root).arg("start").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Gdnsd(command.spawn().expect("gdnsd is installed"))
}

/// The addresses that a client in `subnet` is given, in order; none: no answer in time.
fn ask(server: SocketAddr, name: &str, subnet: IpAddr) -> Option<Vec<IpAddr>> {
    let (family, length, octets) = match subnet {
        IpAddr::V4(address) => (1_u8, 24_u8, address.octets()[..3].to_vec()),
        IpAddr::V6(address) => (2, 56, address.octets()[..7].to_vec()),
    };
    let mut query = vec![0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    for label in name.split('.') {
        query.push(label.len() as u8);
        query.extend(label.bytes());
    }
    let question = query.len() + 5;
    query.extend([0, 0, 1, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0]);
    let option = 4 + octets.len() as u8;
    query.extend([0, option + 4, 0, 8, 0, option, 0, family, length, 0]);
    query.extend(octets);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    socket.send(&query).ok()?;
    let mut answer = [0; 1500];
    let length = socket.recv(&mut answer).ok()?;
    addresses(&answer[..length], question)
}

/// The A records behind a question of `at` octets, header included.
fn addresses(answer: &[u8], mut at: usize) -> Option<Vec<IpAddr>> {
    let count = u16::from_be_bytes([answer[6], answer[7]]);
    let mut addresses = Vec::new();
    for _ in 0..count {
        assert_eq!(answer[at] & 0xc0, 0xc0, "the owner is a pointer to the question");
        assert_eq!(answer[at + 2..at + 4], [0, 1], "an A record");
        addresses.push(IpAddr::from(<[u8; 4]>::try_from(&answer[at + 12..at + 16]).ok()?));
        at += 16;
    }
    addresses.sort_unstable();
    Some(addresses)
}

const GDNSD: &str = "/usr/sbin/gdnsd";

const CONFIG: &str = "
service_types => { web => { plugin => http_status, url_path => /up, up_thresh => 2, down_thresh => 3, interval => 10, timeout => 3 } }
plugins => {
  geoip => {
    maps => { everyone => {
      geoip2_db => world.mmdb, ignore_ecs => false
      datacenters => [us, eu, ap]
      map => {
        default => [us, eu]
        EU => { GB => [us], default => [eu, us] }
        AS => { JP => [ap], IN => [eu, ap], default => [ap, us] }
        OC => [ap, us]
      }
      nets => { 20.0.8.0/21 => [ap], 21.32.0.0/24 => eu }
    } }
    resources => { api => { map => everyone, service_types => up, dcmap => { us => 192.0.2.1, eu => [192.0.2.2, 192.0.2.3], ap => { one => 192.0.2.4 } } } }
  }
  metafo => { resources => { order => { service_types => up, datacenters => [first, second], dcmap => { first => 192.0.2.5, second => 192.0.2.6 } } } }
  simplefo => { pair => { service_types => up, primary => 192.0.2.7, secondary => 192.0.2.8 } }
  weighted => { odd => { service_types => up, one => [192.0.2.9, 1], two => [192.0.2.10, 2] } }
}
";

const ZONE: &str = "\
$TTL 3600
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
ns1 A 192.0.2.53
api 60 DYNA geoip!api
order 60/30 DYNA metafo!order
pair 60 DYNA simplefo!pair
www CNAME api
odd 60 DYNA weighted!odd
";
