//! `server.query_log`: opened before the first answer, ended after the last.

use super::start::{Director, StartError};
use crate::config;
use crate::dns::{QueryLog, QueryLogWriter};
use crate::snapshot::Snapshots;

/// Opens the query log, where one is wanted.
pub(super) fn open(
    wanted: Option<&config::QueryLog>,
    snapshots: &Snapshots,
) -> Result<Option<(QueryLog, QueryLogWriter)>, StartError> {
    let open = |log: &config::QueryLog| {
        QueryLog::start(&log.file, log.one_in, snapshots.clone())
            .map_err(|error| StartError::QueryLog { path: log.file.clone(), error })
    };
    wanted.map(open).transpose()
}

impl Director {
    /// Lets the last lines be written; nobody answers any more.
    pub(super) async fn end_query_log(&mut self) {
        self.queries = None;
        if let Some(writer) = self.query_log.take() {
            let _it_is_joined = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}
