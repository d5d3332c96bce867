//! The layer `readiness`: what the gateway says of itself and of its database. Its status and its `db` both count: the
//! body says "healthy" also where the status does not.

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use super::fault;
use super::request::{BODY_CAP, Question};
use crate::fetch::whole;
use crate::health::{DatabaseState, FaultClass, Reading};

/// Asks and judges the answer, and reads the state of the database. The task bounds its time.
pub(super) async fn ask<S>(stream: S, question: &Question<'_>) -> (Result<(), FaultClass>, Reading)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let asked =
        async { whole(stream, question.get()?, BODY_CAP).await.map_err(|broken| fault::of_broken(&broken)) };
    match asked.await {
        Ok(answer) => {
            (fault::of_answer(&answer), database(&answer.body).map_or(Reading::Nothing, Reading::Database))
        }
        Err(class) => (Err(class), Reading::Nothing),
    }
}

fn database(body: &[u8]) -> Option<DatabaseState> {
    let body = serde_json::from_slice::<Value>(body).ok()?;
    match body["db"].as_str()? {
        "connected" => Some(DatabaseState::Connected),
        "Not connected" => Some(DatabaseState::Absent),
        "disconnected" => Some(DatabaseState::Disconnected),
        "stalled" => Some(DatabaseState::Stalled),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_told_by_its_own_word() {
        let table = [
            (r#"{"status":"healthy","db":"connected"}"#, Some(DatabaseState::Connected)),
            (r#"{"status":"healthy","db":"Not connected"}"#, Some(DatabaseState::Absent)),
            (r#"{"status":"healthy","db":"disconnected"}"#, Some(DatabaseState::Disconnected)),
            (r#"{"status":"healthy","db":"stalled"}"#, Some(DatabaseState::Stalled)),
            (r#"{"status":"healthy"}"#, None),
            ("healthy", None),
        ];
        for (body, state) in table {
            assert_eq!(database(body.as_bytes()), state, "{body}");
        }
    }
}
