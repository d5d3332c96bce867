//! A scenario file: the files of its world, and the steps with what is expected of each.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A scenario as written.
#[derive(Debug)]
pub(crate) struct Script {
    /// The files of its world; empty: the sample of the repository.
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
    pub(crate) steps: Vec<Step>,
    lines: Vec<String>,
}

/// One line of the script, and what is expected below it.
#[derive(Debug)]
pub(crate) struct Step {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// As written.
    pub(crate) text: String,
    /// One line each, without indentation.
    pub(crate) expected: Vec<String>,
}

impl Step {
    /// The words of the line.
    pub(crate) fn words(&self) -> Vec<&str> {
        self.text.split_whitespace().collect()
    }
}

impl Script {
    /// Reads a file; says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        let mut part: Option<PathBuf> = None;
        let mut steps: Vec<Step> = Vec::new();
        let mut in_questions = false;
        for (number, line) in (1..).zip(&lines) {
            if let Some(name) = line.strip_prefix("--- ") {
                in_questions = name == "questions";
                part = (!in_questions).then(|| name.into());
                continue;
            }
            if let Some(part) = &part {
                files.entry(part.clone()).or_default().extend(format!("{line}\n").bytes());
            } else if in_questions {
                step(&mut steps, number, line)?;
            }
        }
        if steps.is_empty() {
            return Err("there are no steps; write them behind a line `--- questions`".to_owned());
        }
        Ok(Self { files, steps, lines })
    }

    /// The whole file with what was told in place of what was expected.
    pub(crate) fn as_played(&self, told: &[Vec<String>]) -> String {
        let of_step = |number: usize| self.steps.iter().position(|step| step.line == number);
        let questions = self.lines.iter().position(|line| line == "--- questions").unwrap_or(0);
        let mut text = String::new();
        for (number, line) in (1..).zip(&self.lines) {
            if number > questions && line.starts_with(' ') {
                continue;
            }
            text.push_str(line);
            text.push('\n');
            for told in of_step(number).and_then(|step| told.get(step)).into_iter().flatten() {
                text.push_str(&format!("    {told}\n"));
            }
        }
        text
    }
}

fn step(steps: &mut Vec<Step>, line: usize, text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.starts_with('#') {
        return Ok(());
    }
    if !text.starts_with(' ') {
        steps.push(Step { line, text: text.to_owned(), expected: Vec::new() });
        return Ok(());
    }
    let step = steps.last_mut().ok_or(format!("line {line} is expected of no step"))?;
    step.expected.push(text.trim().to_owned());
    Ok(())
}
