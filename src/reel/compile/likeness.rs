//! The cores as the selection sees them: what shows the same instant, and how alike they look.

use std::collections::BTreeMap;

use super::{
    clocks::clocks,
    pool::{Core, Pool},
    select::{Choice, Item},
};
use crate::domain::{AssetId, AssetKey, TimeSpan};

/// The cosine from which two pictures are nearly the same, as searches have it.
const SAME_PICTURE: f32 = 0.97;

impl Pool {
    /// The cores as the selection sees them.
    pub(super) fn items(&self, seed: u64) -> Vec<Item> {
        let tellings: Vec<_> = self.materials.values().map(|m| m.telling.clone()).collect();
        let clocks: BTreeMap<AssetKey, Option<(usize, i64)>> = self
            .materials
            .keys()
            .copied()
            .zip(clocks(&tellings))
            .collect();
        self.cores
            .iter()
            .map(|core| {
                let material = self.materials.get(&core.asset);
                let choices = core.cuts.iter().map(|cut| {
                    let span = material.map(|material| material.span_of(&cut.frames));
                    let span = span.unwrap_or(TimeSpan::new(0, 0));
                    Choice {
                        frames: cut.reel_frames,
                        quality: cut.quality,
                        millis: span.start_millis..span.end_millis,
                    }
                });
                let start = core.cuts[core.natural].frames.start;
                Item {
                    section: core.section,
                    asset: core.asset.0,
                    clock: clocks.get(&core.asset).copied().flatten(),
                    choices: choices.collect(),
                    natural: core.natural,
                    tie: tie(seed, material.map(|material| material.id), start),
                }
            })
            .collect()
    }

    /// How alike all pairs of cores look, row by row, 0 to 1; of those without a picture only each to itself.
    pub(super) fn likenesses(&self) -> Vec<f32> {
        let vectors: Vec<Option<&[f32]>> =
            self.cores.iter().map(|core| self.vector(core)).collect();
        let count = vectors.len();
        let mut alike = vec![0.0; count * count];
        let (mut sum, mut pairs) = (0.0_f64, 0_u32);
        for one in 0..count {
            alike[one * count + one] = 1.0;
            for other in one + 1..count {
                if let (Some(first), Some(second)) = (vectors[one], vectors[other]) {
                    let cosine = dot(first, second);
                    alike[one * count + other] = cosine;
                    alike[other * count + one] = cosine;
                    sum += f64::from(cosine);
                    pairs += 1;
                }
            }
        }
        // All pictures of one event are alike to a degree; what counts is how much more some are.
        let usual = if pairs == 0 {
            0.0
        } else {
            (sum / f64::from(pairs)) as f32
        };
        let usual = usual.clamp(0.0, 0.99);
        for value in &mut alike {
            *value = ((*value - usual) / (1.0 - usual)).clamp(0.0, 1.0);
        }
        alike
    }

    /// Whether two cores look nearly the same. Two stretches that one picture stands for can't be told
    /// apart by it: a long take is not its own double.
    pub(super) fn is_double(&self, one: &Core, other: &Core) -> bool {
        if one.asset == other.asset && one.picture == other.picture {
            return false;
        }
        match (self.vector(one), self.vector(other)) {
            (Some(first), Some(second)) => dot(first, second) >= SAME_PICTURE,
            _ => false,
        }
    }

    fn vector(&self, core: &Core) -> Option<&[f32]> {
        let material = self.materials.get(&core.asset)?;
        let (_, vector) = material.pictures.get(core.picture?)?;
        Some(vector)
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// A number that settles equal gains: another for each seed, the same on each run (SplitMix64's mixing).
fn tie(seed: u64, asset: Option<AssetId>, start: i64) -> u64 {
    let id = asset.map_or([0; 8], |id| {
        let mut first = [0; 8];
        first.copy_from_slice(&id.0[..8]);
        first
    });
    let mut mixed = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(u64::from_le_bytes(id))
        .wrapping_add(start.cast_unsigned());
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
