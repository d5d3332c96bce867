//! `--shares FILE`: measured query shares in place of Internet users.

use std::path::Path;

use crate::prove::Weights;

/// How much countries count, and by what.
pub(super) fn weights(file: Option<&Path>) -> Result<(Weights, &'static str), String> {
    let Some(file) = file else { return Ok((Weights::users(), "Internet users")) };
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    let weights = Weights::read(&text)
        .map_err(|line| format!("{name}:{line}: no row of country,share; such as DE,0.12"))?;
    Ok((weights, "measured shares"))
}
