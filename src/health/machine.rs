//! The hard machine of one endpoint: consecutive rounds flip it, nothing else does.

use super::evidence::Verdict;

/// Rise and fall over rounds. `Unknown` falls like `Up` and rises on its first pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    verdict: Verdict,
    /// Rounds in a row that speak against the verdict.
    against: u32,
}

/// What one round did to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Verdict and doubt are as before.
    Same,
    /// The verdict stands, the doubt is more or less than before.
    Doubt,
    /// The verdict flipped.
    Flipped,
}

impl Machine {
    /// A machine that starts from a kept verdict, without doubt.
    #[must_use]
    pub const fn new(verdict: Verdict) -> Self {
        Self { verdict, against: 0 }
    }

    /// What is held now: up, down or unknown.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether some round speaks against the verdict.
    #[must_use]
    pub const fn in_doubt(&self) -> bool {
        self.against > 0
    }

    /// How many more rounds like the last one would flip the verdict; none while nothing is in doubt.
    #[must_use]
    pub fn rounds_to_flip(&self, rise: u32, fall: u32) -> Option<u32> {
        let needed = if self.verdict == Verdict::Down { rise } else { fall };
        self.in_doubt().then(|| needed.saturating_sub(self.against))
    }

    /// Takes one round's result.
    pub fn round(&mut self, passed: bool, rise: u32, fall: u32) -> Step {
        let (agrees, needed, opposite) = match self.verdict {
            Verdict::Down => (!passed, rise, Verdict::Up),
            Verdict::Unknown if passed => (false, 1, Verdict::Up),
            Verdict::Up | Verdict::Degraded | Verdict::Unknown => (passed, fall, Verdict::Down),
        };
        if agrees {
            let doubted = self.in_doubt();
            self.against = 0;
            return if doubted { Step::Doubt } else { Step::Same };
        }
        self.against = self.against.saturating_add(1);
        if self.against < needed {
            return Step::Doubt;
        }
        *self = Self::new(opposite);
        Step::Flipped
    }
}
