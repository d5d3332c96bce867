//! The certificate of DoT and DoQ: looked at every few seconds, replaced when its files have changed, kept when what
//! they hold cannot serve, and said loudly when its end comes near.

use std::time::{Duration, UNIX_EPOCH};

use super::stamps::Stamps;
use super::start::Director;
use crate::certificate::Certificate;
use crate::config::{Problem, Tls};
use crate::dns::Credentials;
use crate::metrics::TLS_CERTIFICATE_EXPIRY;
use crate::world::{AlarmKind, Alarms};

/// The certificate in use, and the files that the next one comes in.
#[derive(Debug)]
pub(super) struct Held {
    tls: Tls,
    certificate: Certificate,
    credentials: Credentials,
    /// The files as they were when they were last read.
    seen: Stamps,
    /// Seconds until the next look.
    wait: u64,
}

/// What a look at changed files gave.
#[derive(Debug)]
pub(super) struct Look {
    stamps: Stamps,
    result: Result<Certificate, Problem>,
}

impl Held {
    /// Begins with what was loaded from the files of `tls`.
    pub(super) fn new(tls: Tls, certificate: Certificate) -> Self {
        TLS_CERTIFICATE_EXPIRY.set([], certificate.expires() as f64);
        let (credentials, seen) = (Credentials::new(&certificate), Stamps::default());
        Self { tls, certificate, credentials, seen, wait: EVERY }
    }

    /// What handshakes are given.
    pub(super) const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Takes a certificate into use.
    fn adopt(&mut self, certificate: Certificate) {
        if certificate.pair().cert == self.certificate.pair().cert {
            return;
        }
        self.credentials.replace(&certificate);
        TLS_CERTIFICATE_EXPIRY.set([], certificate.expires() as f64);
        tracing::info!(expires = %date(certificate.expires()), "new handshakes get another certificate");
        self.certificate = certificate;
    }

    /// What an operator should know of its end at `now` (Unix seconds), if it is near.
    fn warning(&self, now: u64) -> Option<String> {
        let expires = self.certificate.expires();
        let file = self.tls.certificate.display();
        let (left, date) = (expires.saturating_sub(now) / DAY, date(expires));
        match left {
            _ if now > expires => {
                Some(format!("the certificate in {file} expired at {date}; DoT and DoQ clients refuse it"))
            }
            0..URGENT => Some(format!("URGENT: the certificate in {file} expires in {left} days, at {date}")),
            URGENT..SOON => Some(format!("the certificate in {file} expires in {left} days, at {date}")),
            _ => None,
        }
    }
}

impl Director {
    /// Once a second: now and then looks whether the files have changed, beside the loop.
    pub(super) fn watch_certificate(&mut self) {
        let Some(held) = &mut self.certificate else { return };
        held.wait = held.wait.saturating_sub(1);
        if held.wait > 0 || !self.looks.is_empty() {
            return;
        }
        held.wait = EVERY;
        let (tls, seen) = (held.tls.clone(), held.seen.clone());
        self.looks.spawn_blocking(move || {
            let stamps = Stamps::of([tls.certificate.as_path(), tls.key.as_path()]);
            (stamps != seen).then(|| Look { stamps, result: tls.certificate() })
        });
    }

    /// Takes what a look gave; what cannot serve changes nothing and is said once.
    pub(super) fn looked(&mut self, look: Option<Look>) {
        let (Some(held), Some(look)) = (&mut self.certificate, look) else { return };
        held.seen = look.stamps;
        match look.result {
            Ok(certificate) => held.adopt(certificate),
            Err(problem) => tracing::error!("{problem} (the certificate in use stays)"),
        }
    }

    /// Takes the certificate of a config that was loaded anew, and its files from now on.
    pub(super) fn adopt_certificate(&mut self, tls: Option<Tls>, certificate: Option<Certificate>) {
        if let (Some(held), Some(tls), Some(certificate)) = (&mut self.certificate, tls, certificate) {
            held.tls = tls;
            held.adopt(certificate);
        }
    }

    /// What is to be said of the certificate's end.
    pub(super) fn certificate_alarm(&self, alarms: &mut Alarms) {
        let Some(held) = &self.certificate else { return };
        if let Some(what) = held.warning(self.clock.now().unix) {
            alarms.raise(AlarmKind::ServerCertificate, held.tls.certificate.display().to_string(), what);
        }
    }
}

pub(super) fn date(unix: u64) -> impl std::fmt::Display {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(unix))
}

/// Seconds between two looks at the files.
const EVERY: u64 = 5;
pub(super) const DAY: u64 = 86_400;
/// Days that are left when an issuer's robot should long have renewed it.
pub(super) const SOON: u64 = 21;
/// Days that are left when a person has to.
pub(super) const URGENT: u64 = 7;
