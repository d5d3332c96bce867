//! The layer `liveliness`: one HTTP/1.1 GET on the connection that the lower layers opened.
//!
//! It proves that the gateway's process and its event loop run, and nothing else: providers, database and keys are
//! other layers' business. Redirects are not followed.

use tokio::io::{AsyncRead, AsyncWrite};

use super::fault;
use super::request::{BODY_CAP, Question};
use crate::fetch::whole;
use crate::health::FaultClass;

/// Asks and judges the answer. The round bounds its time.
pub(super) async fn ask<S>(stream: S, question: &Question<'_>) -> Result<(), FaultClass>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let answer =
        whole(stream, question.get()?, BODY_CAP).await.map_err(|broken| fault::of_broken(&broken))?;
    fault::of_answer(&answer)
}
