//! The layer `metrics`: a region's own figures, from one place or from each of its endpoints.
//!
//! It speaks of the region and not of an endpoint. The first scrape only tells where the counters stand.

use std::str::from_utf8;

use tokio::time::Instant;

use super::fault;
use super::key::Key;
use super::request::Question;
use super::target::Target;
use super::traffic::{Counted, Counters};
use crate::fetch::{Place, reach, whole};
use crate::health::{FaultClass, Metrics, Reading};

/// What is scraped, and what was last read there.
#[derive(Debug)]
pub(super) struct Scrape {
    sources: Vec<Source>,
    key: Option<Key>,
    limit: Option<f64>,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Source {
    place: Place,
    counters: Counters,
    /// Whether its counters are known.
    read: bool,
}

impl Scrape {
    /// The scrape of a target's region.
    pub(super) fn new(metrics: &Metrics, places: Vec<Place>) -> Self {
        let source = |place| Source { place, counters: Counters::default(), read: false };
        Self {
            sources: places.into_iter().map(source).collect(),
            key: metrics.key_file.as_deref().map(Key::new),
            limit: metrics.limit.map(f64::from),
            last: None,
        }
    }

    /// Reads every source; passes when one of them could be read. The task bounds its time.
    pub(super) async fn attempt(&mut self, target: &Target) -> (Result<(), FaultClass>, Reading) {
        let key = match &mut self.key {
            Some(key) => match key.header().await {
                Ok(header) => Some(header.clone()),
                Err(class) => return (Err(class), Reading::Nothing),
            },
            None => None,
        };
        let (mut sum, mut fresh, mut fault) = (None::<Counted>, false, FaultClass::Misconfigured);
        for source in &mut self.sources {
            let question = Question {
                authority: &source.place.authority(),
                path: &source.place.path,
                agent: target.origin.agent(),
                key: key.as_ref(),
            };
            match text(&source.place, target, &question).await {
                Ok(text) => {
                    let counted = source.counters.read(&text);
                    fresh |= !std::mem::replace(&mut source.read, true);
                    sum = Some(sum.map_or(counted, |sum| sum.and(counted)));
                }
                Err(class) => fault = class,
            }
        }
        let Some(sum) = sum else { return (Err(fault), Reading::Nothing) };
        let now = Instant::now();
        let since = self.last.replace(now);
        match since {
            Some(since) if !fresh => (Ok(()), Reading::Traffic(sum.traffic(now - since, self.limit))),
            _ => (Ok(()), Reading::Nothing),
        }
    }
}

async fn text(place: &Place, target: &Target, question: &Question<'_>) -> Result<String, FaultClass> {
    let request = question.get()?;
    let scraped = async { whole(reach(place, target.trust.as_ref()).await?, request, CAP).await };
    let answer = scraped.await.map_err(|broken| fault::of_broken(&broken))?;
    fault::of_answer(&answer)?;
    from_utf8(&answer.body).map(str::to_owned).map_err(|_| FaultClass::Gateway)
}

/// More than this is no scrape of a region.
const CAP: usize = 4 * 1024 * 1024;
