//! Prometheus text (exposition format 0.0.4, and what OpenMetrics adds to its samples): one sample a line. Pure.
//!
//! A line that is no sample is passed over: comments, blanks, and what a later format brings.

use std::borrow::Cow;

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample<'a> {
    /// Name and labels as they stand there: what tells one series from another.
    pub(super) series: &'a str,
    /// Name of the metric.
    pub(super) name: &'a str,
    labels: &'a str,
    /// Its value; never NaN.
    pub(super) value: f64,
}

impl<'a> Sample<'a> {
    /// Every sample of a text, in order.
    pub(super) fn all(text: &'a str) -> impl Iterator<Item = Self> {
        text.lines().filter_map(Self::of_line)
    }

    /// The value of a label; empty where there is none, which means the same.
    pub(super) fn label(&self, name: &str) -> Cow<'a, str> {
        let mut rest = self.labels;
        while let Some((label, value, behind)) = label(rest) {
            if label == name {
                return unescaped(value);
            }
            rest = behind;
        }
        Cow::Borrowed("")
    }

    fn of_line(line: &'a str) -> Option<Self> {
        let line = line.trim();
        let at = line.find(|mark: char| mark == '{' || mark.is_ascii_whitespace())?;
        let (name, rest) = line.split_at(at);
        if name.is_empty() || name.starts_with('#') {
            return None;
        }
        let (labels, rest) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_at(end_of_labels(rest)?),
            None => ("", rest),
        };
        let rest = rest.strip_prefix('}').unwrap_or(rest);
        let series = &line[..line.len() - rest.len()];
        let value: f64 = rest.split_ascii_whitespace().next()?.parse().ok()?;
        (!value.is_nan()).then_some(Self { series, name, labels, value })
    }
}

/// Where the closing brace stands that is in no value.
fn end_of_labels(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().position(|octet| {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'}' => return !quoted,
            _ => {}
        }
        false
    })
}

/// The first label, its value as written, and what stands behind them.
fn label(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once("=\"")?;
    let mut escaped = false;
    let end = rest.bytes().position(|octet| {
        let ends = octet == b'"' && !escaped;
        escaped = octet == b'\\' && !escaped;
        ends
    })?;
    Some((name.trim_start_matches([',', ' ']).trim(), &rest[..end], &rest[end + 1..]))
}

fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut marks = value.chars();
    while let Some(mark) = marks.next() {
        match (mark, mark == '\\') {
            (_, true) => match marks.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            (other, false) => text.push(other),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn only(line: &str) -> Sample<'_> {
        let samples: Vec<_> = Sample::all(line).collect();
        assert_eq!(samples.len(), 1, "{line}");
        samples[0]
    }

    #[test]
    fn samples_are_read_with_labels_time_and_exemplar() {
        let sample = only(r#"http_requests_total{method="post",code="200"} 1027 1395066363000"#);
        assert_eq!((sample.name, sample.value), ("http_requests_total", 1027.0));
        assert_eq!(sample.series, r#"http_requests_total{method="post",code="200"}"#);
        assert_eq!(
            (&*sample.label("method"), &*sample.label("code"), &*sample.label("le")),
            ("post", "200", "")
        );
        assert_eq!(only("up 1").value, 1.0);
        assert_eq!(only("x{} 1e3").value, 1000.0);
        assert_eq!(only("x +Inf").value, f64::INFINITY);
        let bucket = only(r#"d_bucket{le="5.0"} 7 # {trace_id="a}b"} 0.6"#);
        assert_eq!((&*bucket.label("le"), bucket.value), ("5.0", 7.0));
    }

    #[test]
    fn a_value_may_hold_quotes_braces_and_breaks() {
        let sample = only(r#"x{a="C:\\DIR\\",b="say \"}\" \n", c="d"} 2"#);
        assert_eq!(sample.label("a"), r"C:\DIR\");
        assert_eq!(sample.label("b"), "say \"}\" \n");
        assert_eq!(sample.label("c"), "d");
        assert_eq!(sample.value, 2.0);
    }

    #[test]
    fn what_is_no_sample_is_passed_over() {
        for line in
            ["", "# HELP x y", "# TYPE x counter", "x", "x{", r#"x{a="b} 1"#, "x NaN", "x one", "{} 1"]
        {
            assert_eq!(Sample::all(line).count(), 0, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            for sample in Sample::all(&text) {
                let _label = sample.label("route");
            }
        }

        #[test]
        fn any_value_comes_back_as_it_went(value in any::<String>()) {
            let value = value.replace(['\r', '\u{85}', '\u{2028}'], "");
            let written = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n");
            let line = format!("x{{z=\"{written}\",y=\"{written}\"}} 3");
            let sample = only(&line);
            prop_assert_eq!(&*sample.label("y"), &value);
            prop_assert_eq!(sample.value, 3.0);
        }
    }
}
