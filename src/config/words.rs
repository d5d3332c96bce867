//! Words in messages: lists that stay readable, durations, and the word that was probably meant.

use std::time::Duration;

/// `a, b, c`, cut after the first few.
pub(super) fn list<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<_> = words.into_iter().collect();
    match words.len() {
        count if count > LISTED => format!("{} and {} more", words[..LISTED].join(", "), count - LISTED),
        _ => words.join(", "),
    }
}

/// `did you mean "word"? `, or nothing where no word is near.
pub(super) fn suggestion<'w>(found: &str, words: impl IntoIterator<Item = &'w str>) -> String {
    let allowed_slips = 1 + found.chars().count() / 4;
    words
        .into_iter()
        .map(|word| (edit_distance(found, word), word))
        .filter(|(distance, _)| *distance <= allowed_slips)
        .min()
        .map_or_else(String::new, |(_, word)| format!("did you mean {word:?}? "))
}

/// A duration in its largest whole unit.
pub(super) fn short(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_millis()) {
        (seconds, 0) if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        (seconds, 0) if seconds % 60 == 0 => format!("{}m", seconds / 60),
        (seconds, 0) => format!("{seconds}s"),
        _ => format!("{}ms", duration.as_millis()),
    }
}

/// Letters to insert, delete, replace or swap with a neighbour until `left` is `right` (Damerau, restricted).
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(LONGEST_WORD).collect();
    let right: Vec<char> = right.chars().take(LONGEST_WORD).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for at in 1..=left.len() {
        let mut row = vec![at];
        for to in 1..=right.len() {
            let replaced = rows[at - 1][to - 1] + usize::from(left[at - 1] != right[to - 1]);
            let mut best = replaced.min(rows[at - 1][to] + 1).min(row[to - 1] + 1);
            if at > 1 && to > 1 && left[at - 1] == right[to - 2] && left[at - 2] == right[to - 1] {
                best = best.min(rows[at - 2][to - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

/// Words that a message lists before it says "and more".
const LISTED: usize = 12;
/// Letters of a word that are compared: longer ones are no slips of a finger.
const LONGEST_WORD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        for (found, meant) in [("lisen", "listen"), ("wokrers", "workers"), ("nsdi", "nsid")] {
            let words = ["listen", "workers", "nsid"];
            assert_eq!(suggestion(found, words), format!("did you mean {meant:?}? "));
        }
    }

    #[test]
    fn a_word_of_another_kind_finds_nothing() {
        assert_eq!(suggestion("colour", ["listen", "workers", "nsid"]), "");
    }

    #[test]
    fn a_long_list_is_cut() {
        let words: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let listed = list(words.iter().map(String::as_str));
        assert_eq!(listed, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more");
    }
}
