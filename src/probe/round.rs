//! One round: one fresh connection to one endpoint, its layers from the lowest up, within the plan's timeout.

use std::future::Future;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::request::Question;
use super::target::Target;
use super::{liveliness, tcp, tls};
use crate::health::{FaultClass, Layer, Liveliness, Observation, Reading, Scheme, VantageId};
use crate::region::RegionId;

/// What one round of an endpoint brought; or one attempt of a layer that stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Who looked.
    pub vantage: VantageId,
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
        let mut round = Self::empty(target);
        round.climb(target, deadline).await;
        round
    }

    /// A round in which nothing was tried yet.
    fn empty(target: &Target) -> Self {
        Self {
            vantage: target.origin.vantage,
            region: target.region,
            endpoint: target.endpoint,
            observations: Vec::with_capacity(HARD_LAYERS),
        }
    }

    /// Tries layer after layer; `None` once one has failed.
    async fn climb(&mut self, target: &Target, deadline: Instant) -> Option<()> {
        let connect = plain(tcp::connect(target.socket()));
        let stream = self.attempt(Layer::Tcp, deadline, connect).await?;
        match target.plan.scheme {
            Scheme::Http => {
                let liveliness = target.plan.liveliness.as_ref()?;
                self.attempt(Layer::Liveliness, deadline, plain(live(target, liveliness, stream))).await
            }
            Scheme::Https => self.climb_secured(target, stream, deadline).await,
        }
    }

    async fn climb_secured(&mut self, target: &Target, stream: TcpStream, deadline: Instant) -> Option<()> {
        let stream = self.attempt(Layer::Tls, deadline, tls::shake(stream, target)).await?;
        let liveliness = target.plan.liveliness.as_ref()?;
        self.attempt(Layer::Liveliness, deadline, plain(live(target, liveliness, stream))).await
    }

    /// Awaits one layer until the deadline, and notes how it went.
    async fn attempt<T>(
        &mut self,
        layer: Layer,
        deadline: Instant,
        attempt: impl Future<Output = Result<(T, Reading), FaultClass>>,
    ) -> Option<T> {
        let began = Instant::now();
        let result = timeout_at(deadline, attempt).await.unwrap_or(Err(FaultClass::Timeout));
        let (passed, result, reading) = match result {
            Ok((passed, reading)) => (Some(passed), Ok(()), reading),
            Err(class) => (None, Err(class), Reading::Nothing),
        };
        self.observations.push(Observation {
            vantage: self.vantage,
            region: self.region,
            endpoint: self.endpoint,
            layer,
            result,
            took: began.elapsed(),
            reading,
        });
        passed
    }
}

async fn live<S>(target: &Target, liveliness: &Liveliness, stream: S) -> Result<(), FaultClass>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let authority = target.authority();
    let agent = target.origin.agent();
    liveliness::ask(stream, &Question { authority: &authority, path: &liveliness.path, agent, key: None })
        .await
}

/// A layer that reads no more than its result.
async fn plain<T>(attempt: impl Future<Output = Result<T, FaultClass>>) -> Result<(T, Reading), FaultClass> {
    attempt.await.map(|passed| (passed, Reading::Nothing))
}

/// Address, TLS, liveliness.
const HARD_LAYERS: usize = 3;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_layer_that_never_ends_is_a_timeout_at_the_deadline() {
        let (vantage, region) = (VantageId(1), RegionId(3));
        let mut round = Round { vantage, region, endpoint: 1, observations: Vec::new() };
        let bound = Duration::from_secs(3);
        let attempt = std::future::pending::<Result<((), Reading), FaultClass>>();
        let passed = round.attempt(Layer::Liveliness, Instant::now() + bound, attempt).await;
        assert_eq!(passed, None);
        assert_eq!(
            round.observations,
            [Observation {
                vantage,
                region,
                endpoint: 1,
                layer: Layer::Liveliness,
                result: Err(FaultClass::Timeout),
                took: bound,
                reading: Reading::Nothing,
            }]
        );
    }
}
