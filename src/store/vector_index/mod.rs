//! Vectors and how they are searched; every implementation passes the same contract suite.
//!
//! A point is one vector with what a search may ask of it: asset, kind and collections. Points are
//! derived from the catalogue, so an index may be thrown away at any time.

pub(super) mod edge;
pub(super) mod exact;
pub(super) mod server;

use super::{StoreError, VectorHit};
use crate::domain::{AssetKey, AssetKind, RetrievalScope, SegmentId, SpaceId, TimeSpan};

/// A vector as the indexes hold it.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorPoint {
    /// UUID v5 of segment, time and space.
    pub id: u128,
    /// The asset.
    pub asset: AssetKey,
    /// The segment.
    pub segment: SegmentId,
    /// The frame it shows, or the start of the passage.
    pub at_millis: i64,
    /// Where the segment lies.
    pub span: TimeSpan,
    /// What the asset is.
    pub kind: AssetKind,
    /// Where it belongs.
    pub collections: Vec<String>,
    /// Unit length.
    pub vector: Vec<f32>,
}

/// An index of vectors, one list per space.
pub trait VectorIndex: Send + Sync {
    /// Makes a space known; known ones stay as they are.
    fn ensure_space(&self, space: &SpaceId) -> Result<(), StoreError>;

    /// Puts these points in the place of all that the asset had in the space.
    fn replace_asset(
        &self,
        space: &SpaceId,
        asset: AssetKey,
        points: &[VectorPoint],
    ) -> Result<(), StoreError>;

    /// Removes an asset's points from every space.
    fn remove_asset(&self, asset: AssetKey) -> Result<(), StoreError>;

    /// The points with the highest cosine, best first, none of them below `least`; none for an
    /// unknown space or a zero vector.
    fn search(
        &self,
        space: &SpaceId,
        vector: &[f32],
        scope: &RetrievalScope,
        limit: usize,
        least: f32,
    ) -> Result<Vec<VectorHit>, StoreError>;

    /// The vectors of points, at unit length and in the order of `ids`; `None` where there is no such
    /// point, or where the index gives none back.
    fn vectors(&self, space: &SpaceId, ids: &[u128]) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        let _ = space;
        Ok(vec![None; ids.len()])
    }

    /// How many points a space holds; 0 for an unknown one.
    fn count(&self, space: &SpaceId) -> Result<u64, StoreError>;

    /// Ids and assets of all points of a space, by id: for comparisons.
    fn points(&self, space: &SpaceId) -> Result<Vec<(u128, AssetKey)>, StoreError>;

    /// Removes a space and its points.
    fn drop_space(&self, space: &SpaceId) -> Result<(), StoreError>;

    /// Makes everything before it durable.
    fn flush(&self) -> Result<(), StoreError>;

    /// Builds what makes searches of many points fast; may take minutes, in which searches go on.
    /// An index that does so by itself, or needs nothing, has nothing to do.
    fn optimize(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Removes everything.
    fn clear(&self) -> Result<(), StoreError>;
}

/// An error of an index, with what was being done.
fn failed<E>(action: &'static str) -> impl FnOnce(E) -> StoreError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |source| StoreError::Index {
        index: "vector",
        action,
        source: source.into(),
    }
}

#[cfg(test)]
mod graph_tests;
#[cfg(test)]
mod tests;
