//! Names and records of Route 53 as a master file writes them.

use std::fmt::Write;

use super::RecordSet;

/// A name with Route 53's own escapes undone (`\052` is `*`); others are a master file's too.
pub(super) fn name(written: &str) -> String {
    written.replace("\\052", "*").to_ascii_lowercase()
}

/// The set's records, a line each.
pub(super) fn lines(set: &RecordSet) -> String {
    let mut lines = String::new();
    for record in &set.resource_records {
        let ttl = set.ttl.unwrap_or(300);
        let _ = writeln!(lines, "{} {ttl} IN {} {}", name(&set.name), set.rtype, record.value);
    }
    lines
}
