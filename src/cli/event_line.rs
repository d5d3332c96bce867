//! One event as one line for people.

use super::line::{Paint, Tone};
use crate::admin::body::{EventBody, OverrideBody, Span, What};

/// When, and what.
pub(super) fn render(event: &EventBody, paint: Paint) -> String {
    let when = paint.words(Tone::Dim, &event.at.to_string());
    format!("{when}  {}", what(&event.what, paint))
}

fn what(what: &What, paint: Paint) -> String {
    let strong = |name: &str| paint.words(Tone::Strong, name);
    let verdict = |word: &str| paint.words(Tone::of_verdict(word), word);
    match what {
        What::Endpoint { region, endpoint, from, to, layer, class, rounds } => {
            let said = class.as_deref().unwrap_or("passed");
            format!(
                "{} {endpoint}: {} -> {} ({layer} {said}, {rounds} in a row)",
                strong(region),
                verdict(from),
                verdict(to)
            )
        }
        What::Region { region, from, to, cause } => {
            format!("{}: {} -> {}{}", strong(region), verdict(from), verdict(to), because(cause))
        }
        What::Weight { region, from, to, cause } => {
            format!("{}: weight {from} -> {to}{}", strong(region), because(cause))
        }
        What::Override { word } => {
            let span = Span(word.until.0.saturating_sub(word.from.0));
            let over = word.gradual.map_or_else(String::new, |ramp| {
                format!(" over {}", Span(ramp.gone.0.saturating_sub(ramp.since.0)))
            });
            format!("{}{over} for {span} by {}: {}", named(word, paint), word.actor, word.reason)
        }
        What::Lifted { word, actor } => format!("{} lifted by {actor}", named(word, paint)),
        What::Expired { word } => format!("{} has reached its end", named(word, paint)),
        What::Pushed { push } => format!("{}: {} says {}", strong(&push.region), push.source, push.said()),
        What::PushEnded { push } => {
            format!("{}: what {} said holds no longer ({})", strong(&push.region), push.source, push.said())
        }
        What::Reload { config_sha256 } => {
            let config: String = config_sha256.chars().take(12).collect();
            format!("reloaded, config {config}")
        }
        What::ReloadRefused { problems } => {
            let words = format!("reload refused, the old world serves on: {}", problems.join(" | "));
            paint.words(Tone::Warning, &words)
        }
        What::LastKnownGood { accepted, problems } => {
            let words = format!(
                "the newest files have {} problem(s): what was accepted at {accepted} is served",
                problems.len()
            );
            paint.words(Tone::Bad, &words)
        }
        What::ReloadForced { actor, reason, problems } => {
            let reason = reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
            let words = format!("reload forced by {actor}{reason}, through: {}", problems.join(" | "));
            paint.words(Tone::Warning, &words)
        }
        What::RuleOverridden { actor, rule, what } => {
            paint.words(Tone::Warning, &format!("{actor} went through {rule}: {what}"))
        }
        What::Proof { cases, seconds, cut_short: None } => format!("proven: {cases} cases in {seconds:.1} s"),
        What::Proof { cases, seconds, cut_short: Some(left) } => {
            let words = format!("proven as far as it went: {cases} cases in {seconds:.1} s, not all {left}");
            paint.words(Tone::Warning, &words)
        }
        What::DatabaseHeld { sha256, moved } => {
            let words = format!("location database {sha256:.12} is held, the old one serves on: {moved}");
            paint.words(Tone::Warning, &words)
        }
        What::Alarm { alarm, holds: true } => paint.words(Tone::Bad, &format!("alarm: {}", alarm.evidence)),
        What::Alarm { alarm, holds: false } => {
            paint.words(Tone::Good, &format!("no alarm any more: {}", alarm.evidence))
        }
        What::LastResort { service, fence, holds } => {
            let fence = fence.as_ref().map_or_else(String::new, |fence| format!(" in fence {fence}"));
            let (tone, so) = if *holds { (Tone::Bad, "is") } else { (Tone::Good, "is no longer") };
            paint.words(tone, &format!("{service}{fence} {so} at its last resort"))
        }
    }
}

/// Older events carry no evidence.
fn because(cause: &str) -> String {
    if cause.is_empty() { String::new() } else { format!(" ({cause})") }
}

/// `eu-west (api.yourdomain.com): force down`
fn named(word: &OverrideBody, paint: Paint) -> String {
    let service = word.service.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    let kind = paint.words(Tone::Ordered, &word.sort());
    format!("{}{service}: {kind}", paint.words(Tone::Strong, &word.region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_read_as_one_line_each() {
        let line = |json: &str| render(&serde_json::from_str(json).unwrap(), Paint::Plain);
        assert_eq!(
            line(
                r#"{"id":1,"at":"2026-11-20T07:02:42Z","kind":"endpoint","region":"eu-west","endpoint":"192.0.2.20",
                "from":"up","to":"down","layer":"tcp","class":"refused","rounds":3}"#
            ),
            "2026-11-20T07:02:42Z  eu-west 192.0.2.20: up -> down (tcp refused, 3 in a row)"
        );
        assert_eq!(
            line(
                r#"{"id":2,"at":"2026-11-20T07:02:42Z","kind":"override","override":{"region":"eu-west",
                "service":"api.yourdomain.com","kind":"force_down","actor":"uid:0(root)","reason":"why",
                "from":"2026-11-20T07:02:42Z","until":"2026-11-20T09:02:42Z"}}"#
            ),
            "2026-11-20T07:02:42Z  eu-west (api.yourdomain.com): force down for 2h 00m by uid:0(root): why"
        );
        assert_eq!(
            line(
                r#"{"id":3,"at":"2026-11-20T07:02:42Z","kind":"last_resort","service":"s","fence":"gdpr","holds":true}"#
            ),
            "2026-11-20T07:02:42Z  s in fence gdpr is at its last resort"
        );
    }
}
