//! What comes with the program for those who install it, checked as far as it can be without its platform: the systemd
//! unit by systemd's own checker, the Kubernetes config by the program itself. tests/package and tests/manifests go on
//! from here with tools that take longer.

#![allow(clippy::unwrap_used)] // every line here is a test

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn meridian(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meridian")).args(arguments).env_remove("RUST_LOG").output().unwrap()
}

#[test]
fn the_unit_is_whole_and_exposes_little() {
    let directory = tempfile::tempdir().unwrap();
    let unit = directory.path().join("meridian.service");
    // The checker wants the program where the unit says, and the manual installed: this one stands in.
    let program = env!("CARGO_BIN_EXE_meridian");
    let text = read("deploy/systemd/meridian.service").replace("/usr/bin/meridian", program);
    let text = text.lines().filter(|line| !line.starts_with("Documentation=")).collect::<Vec<_>>().join("\n");
    std::fs::write(&unit, text).unwrap();
    let socket = read("deploy/systemd/meridian.socket");
    std::fs::write(
        directory.path().join("meridian.socket"),
        socket.replace("Documentation=man:meridian(1)\n", ""),
    )
    .unwrap();
    let analyze = |arguments: &[&str]| {
        let mut command = Command::new("systemd-analyze");
        let output = command
            .args(arguments)
            .arg(&unit)
            .output()
            .expect("systemd-analyze is installed (package systemd)");
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    };
    let socket = directory.path().join("meridian.socket");
    assert_eq!(analyze(&["verify", socket.to_str().unwrap()]), "", "no complaint about either");
    // 0 is the best, 10 the worst; the threshold is in tenths.
    let score = analyze(&["security", "--offline=yes", "--no-pager", "--threshold=20"]);
    assert!(score.contains("Overall exposure level"), "{score}");
}

#[test]
fn the_socket_unit_passes_what_the_packages_config_listens_on() {
    let config: toml::Table = read("deploy/debian/meridian.toml").parse().unwrap();
    let unit = read("deploy/systemd/meridian.socket");
    for address in config["server"]["listen"].as_array().unwrap() {
        for kind in ["ListenDatagram", "ListenStream"] {
            let line = format!("{kind}={}", address.as_str().unwrap());
            assert!(unit.lines().any(|found| found == line), "{line}");
        }
    }
    assert_eq!(unit.matches("\nListen").count(), 2 * config["server"]["listen"].as_array().unwrap().len());
}

/// The literal block of a key in a YAML text, its indentation taken away.
fn block(text: &str, key: &str) -> String {
    let opening = format!("  {key}: |");
    let lines = text.lines().skip_while(|line| *line != opening).skip(1);
    let lines = lines.take_while(|line| line.starts_with("    ") || line.is_empty());
    lines.map(|line| line.strip_prefix("    ").unwrap_or("").to_owned() + "\n").collect()
}

#[test]
fn the_config_in_the_kubernetes_manifest_holds() {
    let manifest = read("deploy/kubernetes/meridian.yaml");
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("zones")).unwrap();
    let config = directory.path().join("meridian.toml");
    std::fs::write(&config, block(&manifest, "meridian.toml")).unwrap();
    let zone = directory.path().join("zones/yourdomain.com.zone");
    std::fs::write(zone, block(&manifest, "yourdomain.com.zone")).unwrap();
    let output = meridian(&["check", "--config", config.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("1 service, 2 regions, 1 fence"), "{}", said(&output));
}

#[test]
fn containers_of_the_manifest_run_as_nobody_who_can_write() {
    let manifest = read("deploy/kubernetes/meridian.yaml");
    let containers = manifest.matches("          image: ").count();
    assert_eq!(containers, 2, "a director and a prober");
    for locked in
        ["readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "capabilities: {drop: [ALL]}"]
    {
        assert_eq!(manifest.matches(locked).count(), containers, "{locked}");
    }
    assert!(manifest.contains("runAsNonRoot: true") && manifest.contains("runAsUser: 10053"));
    assert!(!manifest.contains(":latest"), "images are pinned");
}

#[test]
fn the_package_of_debian_names_files_that_are_there() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    for asset in deb["assets"].as_array().unwrap() {
        let source = asset[0].as_str().unwrap();
        let made = source.starts_with("target/");
        let folder = source.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let there = root().join(if source.contains('*') { folder } else { source }).exists();
        assert!(made || there, "{source}");
    }
    let config = read("deploy/debian/meridian.toml");
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("zones")).unwrap();
    let zone = root().join("deploy/debian/example.invalid.zone");
    std::fs::copy(zone, directory.path().join("zones/example.invalid.zone")).unwrap();
    let file = directory.path().join("meridian.toml");
    std::fs::write(&file, config.replace("/etc/meridian/zones", "zones")).unwrap();
    let output = meridian(&["check", "--config", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn shells_complete_every_command_and_each_has_a_manual() {
    let help = said(&meridian(&["help"]));
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|word| !word.is_empty()))
        .filter(|word| *word != "help")
        .collect();
    assert!(commands.len() >= 14 && commands.contains(&"import"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        let script = said(&meridian(&["completions", shell]));
        for command in &commands {
            assert!(script.contains(command), "{shell} does not complete {command}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let output = meridian(&["man", directory.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    for command in &commands {
        let page = std::fs::read_to_string(directory.path().join(format!("meridian-{command}.1")));
        assert!(
            page.is_ok_and(|page| page.starts_with(".ie") || page.contains(".TH")),
            "no manual of {command}"
        );
        let help = said(&meridian(&[command, "--help"]));
        assert!(help.contains("Example"), "`meridian {command} --help` gives no example:\n{help}");
    }
}
