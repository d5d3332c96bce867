//! Observations that other vantages report: checked against the config, each report taken once.
//!
//! A report carries no time: it counts from when it arrives. What orders reports is their sequence.

use super::start::Director;
use crate::admin::{Observed, Refusal, Report};
use crate::health::{Observation, VantageId};

impl Director {
    /// Takes a report: all of it, or none when it is old or names what does not exist.
    pub(super) fn report(&mut self, report: &Report) -> Result<(), Refusal> {
        let vantage = self.vantage(report)?;
        let seen: Vec<Observation> = report
            .observations
            .iter()
            .map(|observed| self.observation(vantage, observed))
            .collect::<Result<_, _>>()?;
        let last = self.sequences.get(&report.vantage).copied().unwrap_or(0);
        if report.sequence <= last {
            return Err(Refusal::Stale {
                last,
                what: format!(
                    "sequence {} of {}; the last one taken is {last}, and each must be above it",
                    report.sequence, report.vantage
                ),
            });
        }
        self.sequences.insert(report.vantage.clone(), report.sequence);
        if let Some(reached) = report.controls {
            self.tell_controls(vantage, reached);
        }
        self.take(&seen);
        Ok(())
    }

    /// Who reports. Where vantages are declared, nobody reports as the one that this server is.
    fn vantage(&self, report: &Report) -> Result<VantageId, Refusal> {
        let vantages = &self.world.catalog().vantages;
        let known = vantages.iter().position(|vantage| vantage.name == report.vantage);
        let Some(known) = known.map(|at| VantageId(at as u8)) else {
            let names = vantages.iter().map(|vantage| &*vantage.name).collect::<Vec<_>>().join(", ");
            return Err(Refusal::Forbidden(format!(
                "vantage: {:?} is not declared; declared are {names}",
                report.vantage
            )));
        };
        if self.probing.own == Some(known) && vantages.len() > 1 {
            return Err(Refusal::Forbidden(format!(
                "vantage: this server itself probes as {}; server.probing = false, or another server.vantage",
                report.vantage
            )));
        }
        Ok(known)
    }

    fn observation(&self, vantage: VantageId, observed: &Observed) -> Result<Observation, Refusal> {
        let catalog = self.world.catalog();
        let region = catalog.region(&observed.region);
        let region =
            region.ok_or_else(|| Refusal::Unknown(format!("there is no region {}", observed.region)))?;
        let endpoints = &catalog.regions[region.index()].endpoints;
        let endpoint = endpoints.iter().position(|endpoint| endpoint == observed.endpoint);
        let endpoint = endpoint.ok_or_else(|| {
            Refusal::Unknown(format!(
                "{} has no endpoint {}; it has {}",
                observed.region,
                observed.endpoint,
                endpoints.iter().map(|endpoint| endpoint.to_string()).collect::<Vec<_>>().join(", ")
            ))
        })?;
        Ok(Observation {
            vantage,
            region,
            endpoint: endpoint as u16,
            layer: observed.layer,
            result: observed.result,
            took: observed.took,
            reading: observed.reading,
        })
    }
}
