//! What is written to one shard: its indexes, and the points of an asset.

use qdrant_edge::{
    CreateIndex, EdgeShard, FieldIndexOperations, Filter, PayloadFieldSchema, PayloadSchemaType,
    PointInsertOperations, PointOperations, PointStruct, UpdateOperation,
};

use super::{
    super::{VectorPoint, failed},
    guard::guarded,
    point::{is, key},
};
use crate::{domain::AssetKey, store::StoreError};

/// Points per update: bounds the size of one entry of the log.
const POINTS_PER_UPDATE: usize = 512;

/// Lets a new shard be searched by what filters ask of.
pub(super) fn make_filters(shard: &EdgeShard) -> Result<(), StoreError> {
    for (field, kind) in [
        ("asset", PayloadSchemaType::Integer),
        ("kind", PayloadSchemaType::Keyword),
        ("collections", PayloadSchemaType::Keyword),
    ] {
        let operation =
            UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(CreateIndex {
                field_name: key(field),
                field_schema: Some(PayloadFieldSchema::FieldType(kind)),
            }));
        guarded(|| shard.update(operation)).map_err(failed("make a space"))?;
    }
    Ok(())
}

/// Adds points.
pub(super) fn add(shard: &EdgeShard, points: &[VectorPoint]) -> Result<(), StoreError> {
    for points in points.chunks(POINTS_PER_UPDATE) {
        let points = points
            .iter()
            .map(|point| PointStruct::from(point).into())
            .collect();
        let operation = UpdateOperation::PointOperation(PointOperations::UpsertPoints(
            PointInsertOperations::PointsList(points),
        ));
        guarded(|| shard.update(operation)).map_err(failed("add vectors"))?;
    }
    Ok(())
}

/// Removes all points of an asset.
pub(super) fn delete(shard: &EdgeShard, asset: AssetKey) -> Result<(), StoreError> {
    let filter = Filter::new_must(is(key("asset"), asset.0.into()));
    let operation = UpdateOperation::PointOperation(PointOperations::DeletePointsByFilter(filter));
    guarded(|| shard.update(operation)).map_err(failed("remove vectors"))
}
