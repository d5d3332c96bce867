//! `[[hooks]]`: who is told of what happens, by a signed POST.

use std::time::Duration;

use super::item::Item;
use super::probes;
use super::reading::Reading;
use super::section::Section;
use crate::fetch::{Place, Trust};

/// What a hook can be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A verdict or a last resort.
    Transitions,
    /// An operator's word, and its end.
    Overrides,
    /// What an operator should look at, when it begins and when it ends.
    Alarms,
}

/// One hook.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where it is posted.
    pub place: Place,
    /// What it is told of; never empty.
    pub subjects: Vec<Subject>,
    /// What posts are signed with.
    pub secret: Box<[u8]>,
    /// Bound of one attempt.
    pub timeout: Duration,
    /// Whose certificates are believed; there where the place speaks TLS.
    pub trust: Option<Trust>,
}

/// Reads one hook.
pub(super) fn read(mut section: Section<'_>, files: &Reading<'_>) -> Option<Hook> {
    let place = section.need("url", |item| {
        let example = "a URL such as \"https://hooks.yourdomain.com/meridian\", without a user or a fragment";
        item.parse(example, |text| Place::parse(text).ok())
    });
    let subjects = section.or("events", SUBJECTS.map(|(_, subject)| subject).into(), |item| {
        item.list_of_once(|item| item.choice(&SUBJECTS))
    });
    let secret = section.need("secret_file", |item| secret(item, files));
    let timeout = section.or("timeout", TIMEOUT, |item| item.duration(SHORTEST..=LONGEST));
    let own = section.maybe("ca_file", |item| probes::trust(item, files));
    let secure = place.as_ref().is_some_and(|place| place.secure);
    if place.is_some() && !secure {
        section.refuse_present("ca_file", "has no use without TLS; an https URL, or leave it out");
    }
    let trust = match own? {
        Some((_, trust)) => Some(trust),
        None if secure => Some(Trust::system().map_err(|error| section.refuse(error)).ok()?),
        None => None,
    };
    section.finish();
    Some(Hook { place: place?, subjects: subjects?, secret: secret?, timeout: timeout?, trust })
}

/// What posts are signed with: all of the file but the white space around it. It is never repeated.
fn secret(item: &Item<'_>, files: &Reading<'_>) -> Option<Box<[u8]>> {
    let path = item.path()?;
    let refuse = |what: &dyn std::fmt::Display| item.refuse(format_args!("{} {what}", path.display()));
    let octets = files.octets(&path, 1).map_err(|error| refuse(&error)).ok()?;
    let secret = octets.trim_ascii();
    let long = secret.len() >= SHORTEST_SECRET;
    if !long {
        refuse(&format_args!("holds a secret of {} octets; at least {SHORTEST_SECRET}", secret.len()));
    }
    long.then(|| secret.into())
}

const SUBJECTS: [(&str, Subject); 3] =
    [("transitions", Subject::Transitions), ("overrides", Subject::Overrides), ("alarms", Subject::Alarms)];
const TIMEOUT: Duration = Duration::from_secs(5);
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(60);
/// A shorter one can be guessed from one signed post.
const SHORTEST_SECRET: usize = 16;
