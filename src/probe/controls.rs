//! A vantage's control targets: places that stand when all regions fall, by which it knows whether it is cut off
//! itself.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Asks a vantage's control targets now and then. Dropping it ends that.
#[derive(Debug)]
pub struct Controls {
    _task: JoinSet<()>,
    reached: watch::Receiver<bool>,
}

impl Controls {
    /// Starts asking, every `pause` and for at most `bound`; none where there is nothing to ask.
    #[must_use]
    pub fn start(targets: &[SocketAddr], pause: Duration, bound: Duration) -> Option<Self> {
        if targets.is_empty() {
            return None;
        }
        let (tell, reached) = watch::channel(true);
        let targets = targets.to_vec();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut beat = interval(pause);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                beat.tick().await;
                let any = any(&targets, bound).await;
                tell.send_if_modified(|reached| std::mem::replace(reached, any) != any);
            }
        });
        Some(Self { _task: task, reached })
    }

    /// Whether one of them could be reached the last time.
    #[must_use]
    pub fn reached(&self) -> bool {
        *self.reached.borrow()
    }

    /// Waits until that changes; its new value.
    pub async fn changed(&mut self) -> bool {
        if self.reached.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        *self.reached.borrow_and_update()
    }
}

/// Whether a TCP connection leads to any of them.
async fn any(targets: &[SocketAddr], bound: Duration) -> bool {
    let mut attempts = JoinSet::new();
    for target in targets {
        let target = *target;
        attempts.spawn(async move {
            let opened = timeout(bound, TcpStream::connect(target)).await;
            opened.is_ok_and(|opened| opened.is_ok())
        });
    }
    while let Some(opened) = attempts.join_next().await {
        if opened.is_ok_and(|opened| opened) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn one_target_that_answers_is_enough() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert!(any(&[closed, open], SECOND).await);
        assert!(!any(&[closed], SECOND).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cut_is_told_once_it_is_seen() {
        let unreachable = SocketAddr::from(([255, 255, 255, 255], 9));
        assert!(Controls::start(&[], SECOND, SECOND).is_none());
        let mut controls = Controls::start(&[unreachable], SECOND, SECOND).unwrap();
        assert!(controls.reached(), "believed until it is seen");
        assert!(!controls.changed().await);
    }
}
