//! One round: one fresh connection to one endpoint, its layers from the lowest up, within the plan's timeout.

use std::future::Future;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::target::Target;
use super::{liveliness, tcp};
use crate::health::{FaultClass, Layer, Liveliness, Observation, Reading, Scheme, VantageId};
use crate::region::RegionId;

/// What one round of an endpoint brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Whose endpoint it is.
    pub region: RegionId,
    /// Position in the region's endpoints.
    pub endpoint: u16,
    /// One a layer that was tried, lowest first; never empty. After a fault there is none.
    pub observations: Vec<Observation>,
}

impl Round {
    /// Whether every layer of the plan passed, or the fault that ended the round.
    ///
    /// # Errors
    /// The class of the one fault.
    pub fn result(&self) -> Result<(), FaultClass> {
        self.observations.iter().try_for_each(|observation| observation.result)
    }

    /// Probes `target` once. Never takes longer than the plan's timeout.
    pub(super) async fn of(target: &Target) -> Self {
        let deadline = Instant::now() + target.plan.timeout;
        let mut round = Self {
            region: target.region,
            endpoint: target.endpoint,
            observations: Vec::with_capacity(Layer::ALL.len()),
        };
        round.climb(target, deadline).await;
        round
    }

    /// Tries layer after layer; `None` once one has failed.
    async fn climb(&mut self, target: &Target, deadline: Instant) -> Option<()> {
        let stream = self.attempt(Layer::Tcp, deadline, tcp::connect(target.socket())).await?;
        let liveliness = target.plan.liveliness.as_ref()?;
        self.attempt(Layer::Liveliness, deadline, live(target, liveliness, stream)).await
    }

    /// Awaits one layer until the deadline, and notes how it went.
    async fn attempt<T>(
        &mut self,
        layer: Layer,
        deadline: Instant,
        attempt: impl Future<Output = Result<T, FaultClass>>,
    ) -> Option<T> {
        let began = Instant::now();
        let result = timeout_at(deadline, attempt).await.unwrap_or(Err(FaultClass::Timeout));
        let (passed, result) = match result {
            Ok(passed) => (Some(passed), Ok(())),
            Err(class) => (None, Err(class)),
        };
        self.observations.push(Observation {
            vantage: VantageId::default(),
            region: self.region,
            endpoint: self.endpoint,
            layer,
            result,
            took: began.elapsed(),
            reading: Reading::Nothing,
        });
        passed
    }
}

async fn live(target: &Target, liveliness: &Liveliness, stream: TcpStream) -> Result<(), FaultClass> {
    match target.plan.scheme {
        Scheme::Http => liveliness::ask(stream, target.socket(), &liveliness.path).await,
        // Asking a TLS port in plain text would blame the region for our lack of the layer between.
        Scheme::Https => Err(FaultClass::Misconfigured),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_layer_that_never_ends_is_a_timeout_at_the_deadline() {
        let mut round = Round { region: RegionId(3), endpoint: 1, observations: Vec::new() };
        let bound = Duration::from_secs(3);
        let attempt = std::future::pending::<Result<(), FaultClass>>();
        let passed = round.attempt(Layer::Liveliness, Instant::now() + bound, attempt).await;
        assert_eq!(passed, None);
        assert_eq!(
            round.observations,
            [Observation {
                vantage: VantageId::default(),
                region: RegionId(3),
                endpoint: 1,
                layer: Layer::Liveliness,
                result: Err(FaultClass::Timeout),
                took: bound,
                reading: Reading::Nothing,
            }]
        );
    }
}
