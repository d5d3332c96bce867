//! A vantage of its own: probes as the config says, and gives what it sees by names, for whoever reports it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::probing::{Probing, controls};
use super::reload::Prepared;
use super::start::{StartError, WAITING_ROUNDS, load};
use crate::admin::{Observed, Refusal};
use crate::catalog::Catalog;
use crate::health::{Observation, VantageId, Verdict};
use crate::probe::{Controls, Prober, Round};

/// What a vantage saw, and how it stands itself.
#[derive(Debug, Default)]
pub struct Sight {
    /// What it saw; nothing while it is cut off.
    pub observations: Vec<Observed>,
    /// Whether its control targets answer; none: it has none.
    pub controls: Option<bool>,
}

/// A vantage at work.
#[derive(Debug)]
pub struct Lookout {
    catalog: Arc<Catalog>,
    rounds: mpsc::Receiver<Round>,
    controls: Option<Controls>,
    prober: Prober,
    path: PathBuf,
    name: Box<str>,
}

impl Lookout {
    /// Starts probing as the vantage `name` of the config at `path`.
    ///
    /// # Errors
    /// The config has mistakes, or declares no such vantage.
    pub async fn start(path: &Path, name: &str) -> Result<Self, StartError> {
        let Prepared { compiled, probing, .. } = load(path).await?;
        Self::of(compiled.into_catalog(), &probing, path, name)
    }

    /// Reads the config anew and probes as it says now; one with mistakes changes nothing.
    ///
    /// # Errors
    /// As of [`Lookout::start`].
    pub async fn reload(&mut self) -> Result<(), StartError> {
        *self = Self::start(&self.path, &self.name).await?;
        Ok(())
    }

    fn of(catalog: Arc<Catalog>, probing: &Probing, path: &Path, name: &str) -> Result<Self, StartError> {
        let Some(at) = catalog.vantages.iter().position(|vantage| *vantage.name == *name) else {
            let names = catalog.vantages.iter().map(|vantage| &*vantage.name).collect::<Vec<_>>().join(", ");
            let what = format!("there is no vantage {name:?}; declared are {names}");
            return Err(StartError::Refused(Refusal::Invalid(what)));
        };
        let own = VantageId(at as u8);
        let targets = probing.targets_of(own, &catalog, |_, _| Verdict::Unknown);
        let (sender, rounds) = mpsc::channel(WAITING_ROUNDS);
        let controls = controls(&catalog, Some(own));
        let prober = Prober::start(&targets, &sender);
        Ok(Self { catalog, rounds, controls, prober, path: path.to_owned(), name: name.into() })
    }

    /// Waits for something to be seen, and gives all that was since; nothing while the vantage is cut off itself.
    pub async fn see(&mut self) -> Sight {
        let Some(first) = self.rounds.recv().await else {
            // There is nothing to probe.
            return std::future::pending().await;
        };
        let mut seen = first.observations;
        while let Ok(round) = self.rounds.try_recv() {
            seen.extend(round.observations);
        }
        let controls = self.controls.as_ref().map(Controls::reached);
        if controls == Some(false) {
            return Sight { observations: Vec::new(), controls };
        }
        Sight { observations: seen.iter().filter_map(|seen| self.named(seen)).collect(), controls }
    }

    /// Ends probing.
    pub async fn stop(self) {
        self.prober.shutdown();
        self.prober.join().await;
    }

    fn named(&self, seen: &Observation) -> Option<Observed> {
        let region = self.catalog.regions.get(seen.region.index())?;
        Some(Observed {
            region: region.name.clone(),
            endpoint: region.endpoints.iter().nth(usize::from(seen.endpoint))?,
            layer: seen.layer,
            result: seen.result,
            took: seen.took,
            reading: seen.reading,
        })
    }
}
