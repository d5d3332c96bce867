//! What answers say of the server (`server.nsid`, `server.version`, `server.id`), and the secrets of its cookies
//! (`server.cookies`).

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::OnceLock;

use super::item::Item;
use super::problem::{Findings, Problem};
use super::reading::Reading;
use super::section::Section;
use super::server::Server;
use crate::catalog::{Host, Secret};

/// The keys as written.
pub(super) struct Written<'a> {
    nsid: Box<[u8]>,
    version: Box<[u8]>,
    id: Box<[u8]>,
    cookies: Option<SecretFile<'a>>,
}

struct SecretFile<'a> {
    path: PathBuf,
    item: Item<'a>,
}

/// Reads the keys from `[server]`.
pub(super) fn read<'a>(section: &mut Section<'a>) -> Option<Written<'a>> {
    let nsid = section.or("nsid", Box::default(), |item| text(item, LONGEST_NSID));
    let version = section.or("version", Box::default(), |item| text(item, LONGEST_TEXT));
    let id = section.or("id", Box::default(), |item| text(item, LONGEST_TEXT));
    let cookies = section.table("cookies", |mut section| {
        let file =
            section.need("secret_file", |item| Some(SecretFile { path: item.path()?, item: item.clone() }));
        section.finish();
        file
    });
    Some(Written { nsid: nsid?, version: version?, id: id?, cookies: cookies? })
}

impl Written<'_> {
    /// Reads the secrets; every reload does, so that a fleet rolls to a new one without a restart.
    pub(super) fn load(&self, files: &Reading<'_>, server: &Server, findings: &mut Findings) -> Option<Host> {
        let secrets = match &self.cookies {
            Some(file) => file.secrets(files, findings)?,
            None => vec![own_secret()],
        };
        Some(Host {
            nsid: self.nsid.clone(),
            version: self.version.clone(),
            id: self.id.clone(),
            idle: u16::try_from(server.limits.tcp.idle.as_millis() / 100).unwrap_or(u16::MAX),
            secrets,
        })
    }
}

impl SecretFile<'_> {
    fn secrets(&self, files: &Reading<'_>, findings: &mut Findings) -> Option<Vec<Secret>> {
        let text = match files.text(&self.path, LARGEST_FILE) {
            Ok(text) => text,
            Err(error) => {
                self.item.refuse(format_args!("{} {error}", self.path.display()));
                return None;
            }
        };
        if files.is_public(&self.path) {
            self.item.warn(format_args!(
                "every user of this host can read {}, and with a secret of it make cookies; chmod o-r",
                self.path.display()
            ));
        }
        let before = findings.problems.len();
        let mut refuse = |line: usize, what: String| {
            let (file, key) = (self.path.clone(), "secret".to_owned());
            findings.problems.push(Problem { file, line, column: 1, key, what });
        };
        let mut secrets = Vec::new();
        for (line, written) in (1..).zip(text.lines().map(str::trim)) {
            if written.is_empty() || written.starts_with('#') {
                continue;
            }
            match secret(written) {
                Some(_) if secrets.len() == MOST_SECRETS => {
                    refuse(line, format!("secret {}; at most {MOST_SECRETS}", MOST_SECRETS + 1));
                    return None;
                }
                Some(secret) => secrets.push(secret),
                // What stands there is never repeated: it is nearly a secret.
                None => refuse(
                    line,
                    "no secret; 32 hexadecimal digits a line, the current secret first".to_owned(),
                ),
            }
        }
        if secrets.is_empty() && findings.problems.len() == before {
            let what = format!("{} holds no secret; 32 hexadecimal digits a line", self.path.display());
            self.item.refuse(what);
        }
        Some(secrets).filter(|secrets| !secrets.is_empty() && findings.problems.len() == before)
    }
}

fn secret(written: &str) -> Option<Secret> {
    let digits = written.len() == 32 && written.bytes().all(|octet| octet.is_ascii_hexdigit());
    let number = u128::from_str_radix(written, 16).ok().filter(|_| digits)?;
    Some(Secret::new(number.to_be_bytes()))
}

/// The secret of this process, for a server that shares none. The standard library's hash keys come from the system's
/// random source; what a keyed hash makes of them does not give them away.
fn own_secret() -> Secret {
    static OWN: OnceLock<Secret> = OnceLock::new();
    let half = |number: u8| u128::from(RandomState::new().hash_one(number));
    OWN.get_or_init(|| Secret::new((half(0) << 64 | half(1)).to_be_bytes())).clone()
}

fn text(item: &Item<'_>, longest: usize) -> Option<Box<[u8]>> {
    item.parse(&format!("a name of 1 to {longest} octets"), |text| {
        (1..=longest).contains(&text.len()).then(|| text.as_bytes().into())
    })
}

const LONGEST_NSID: usize = 128;
/// What one string of a TXT record holds.
const LONGEST_TEXT: usize = 255;
/// In MiB.
const LARGEST_FILE: u64 = 1;
/// The current one, the one before, the next: each query with a foreign cookie is checked against all.
const MOST_SECRETS: usize = 4;
