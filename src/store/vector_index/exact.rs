//! Search over the catalogue's own vectors: every one is compared, nothing is kept.
//!
//! What a reader uses while another process holds the index in process.

use std::{cmp::Ordering, collections::BinaryHeap, sync::Arc};

use half::{f16, slice::HalfFloatSliceExt};

use super::VectorIndex;
use crate::{
    domain::{AssetKey, RetrievalScope, SpaceId},
    store::{Catalog, StoreError, VectorHit, point_id},
};

/// The catalogue as a vector index; it follows each commit by itself, so writing to it does nothing.
#[derive(Debug)]
pub(in crate::store) struct ExactVectors {
    catalog: Arc<Catalog>,
}

impl ExactVectors {
    pub(in crate::store) fn new(catalog: Arc<Catalog>) -> Self {
        Self { catalog }
    }
}

impl VectorIndex for ExactVectors {
    fn ensure_space(&self, _: &SpaceId) -> Result<(), StoreError> {
        Ok(())
    }

    fn replace_asset(
        &self,
        _: &SpaceId,
        _: AssetKey,
        _: &[super::VectorPoint],
    ) -> Result<(), StoreError> {
        Ok(())
    }

    fn remove_asset(&self, _: AssetKey) -> Result<(), StoreError> {
        Ok(())
    }

    fn search(
        &self,
        space: &SpaceId,
        vector: &[f32],
        scope: &RetrievalScope,
        limit: usize,
        least: f32,
    ) -> Result<Vec<VectorHit>, StoreError> {
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        if limit == 0 || length == 0.0 || vector.len() != space.dimensions as usize {
            return Ok(Vec::new());
        }
        let wanted: Vec<f32> = vector.iter().map(|value| value / length).collect();
        let allowed = self.catalog.allowed(scope)?;
        let mut best: BinaryHeap<Candidate> = BinaryHeap::with_capacity(limit + 1);
        let mut halves = vec![f16::ZERO; wanted.len()];
        let mut values = vec![0.0; wanted.len()];
        self.catalog
            .visit_vector_bytes(space, allowed.as_ref(), &mut |row, bytes| {
                for (half, pair) in halves.iter_mut().zip(bytes.chunks_exact(2)) {
                    *half = f16::from_le_bytes([pair[0], pair[1]]);
                }
                halves.convert_to_f32_slice(&mut values);
                let score = cosine(&wanted, &values);
                if score < least {
                    return;
                }
                if best.len() < limit {
                    best.push(Candidate { score, row });
                } else if best.peek().is_some_and(|worst| score > worst.score) {
                    best.pop();
                    best.push(Candidate { score, row });
                }
            })?;
        // The heap's order puts the worst on top, so its sorted form begins with the best.
        let best = best.into_sorted_vec();
        let rows: Vec<i64> = best.iter().map(|candidate| candidate.row).collect();
        let found = self.catalog.embeddings_by_row(&rows)?;
        Ok(found
            .into_iter()
            .zip(best)
            .filter_map(|(stored, candidate)| {
                let stored = stored?;
                Some(VectorHit {
                    asset: stored.asset,
                    segment: stored.segment,
                    at_millis: stored.at_millis,
                    span: stored.span,
                    score: candidate.score,
                })
            })
            .collect())
    }

    fn count(&self, space: &SpaceId) -> Result<u64, StoreError> {
        self.catalog.count_embeddings(space)
    }

    fn points(&self, space: &SpaceId) -> Result<Vec<(u128, AssetKey)>, StoreError> {
        let name = space.name();
        let mut points = Vec::new();
        self.catalog.visit_embeddings(space, &mut |stored| {
            points.push((
                point_id(stored.asset, stored.segment, stored.at_millis, &name),
                stored.asset,
            ));
            std::ops::ControlFlow::Continue(())
        })?;
        points.sort_unstable();
        Ok(points)
    }

    fn drop_space(&self, _: &SpaceId) -> Result<(), StoreError> {
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn clear(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The cosine of a unit vector and one that is nearly so after rounding to half precision.
fn cosine(unit: &[f32], values: &[f32]) -> f32 {
    // Eight sums at once, so that the compiler can keep them in one register.
    let (mut dots, mut squares) = ([0.0_f32; 8], [0.0_f32; 8]);
    let (units, unit_rest) = unit.as_chunks::<8>();
    let (values, value_rest) = values.as_chunks::<8>();
    for (one, other) in units.iter().zip(values) {
        for lane in 0..8 {
            dots[lane] += one[lane] * other[lane];
            squares[lane] += other[lane] * other[lane];
        }
    }
    let rest = unit_rest.iter().zip(value_rest);
    let dot = dots.iter().sum::<f32>() + rest.map(|(one, other)| one * other).sum::<f32>();
    let square =
        squares.iter().sum::<f32>() + value_rest.iter().map(|value| value * value).sum::<f32>();
    if square > 0.0 {
        dot / square.sqrt()
    } else {
        0.0
    }
}

/// A vector's row and score; ordered so that a heap has the worst on top.
#[derive(Debug, PartialEq)]
struct Candidate {
    score: f32,
    row: i64,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
