//! Chance with a seed: the same in every run.

/// xorshift64*.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        (0..8).for_each(|_| {
            chance.unit();
        });
        chance
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A time around a median, log-normal (Box and Muller).
    pub(crate) fn around(&mut self, median: f64, sigma: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        median * (sigma * radius * (std::f64::consts::TAU * self.unit()).cos()).exp()
    }

    /// How many of `all` happen (by the normal approximation where they are many).
    pub(crate) fn count(&mut self, all: f64, probability: f64) -> f64 {
        let (mean, variance) = (all * probability, all * probability * (1.0 - probability));
        if mean > 30.0 && variance > 9.0 {
            let drawn = mean + variance.sqrt() * (self.around(1.0, 1.0)).ln();
            return drawn.round().clamp(0.0, all);
        }
        (0..all as u32).map(|_| f64::from(u8::from(self.happens(probability)))).sum()
    }
}
