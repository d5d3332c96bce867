//! The reference of all metrics as a page, `docs/metrics.md`, made from what the exposition itself says.

use std::fmt::Write;

use super::describe;

/// The page, in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for metric in describe() {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = if labels.is_empty() { "-".to_owned() } else { labels.join(", ") };
        let help = metric.help.replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {} | {labels} | {help} |", metric.name, metric.kind.word());
    }
    page
}

const HEAD: &str = "\
# Metrics

Prometheus text at `/metrics` of the address in `[web]`. Labels are bounded sets from the config, never anything that a
client sends. Histograms are in seconds. `deploy/prometheus/` has alerts on these, `deploy/grafana/` a dashboard.

This page is made from `src/metrics.rs`; `MERIDIAN_WRITE_DOCS=1 cargo test --test observability` writes it anew.

| metric | kind | labels | what it says |
|---|---|---|---|
";
