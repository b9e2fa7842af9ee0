//! Points and filters in the form that qdrant-edge takes.

use qdrant_edge::{
    Condition, FieldCondition, Filter, JsonPath, Match, Payload, PointId, PointStruct, Record,
    VectorInternal, VectorStructInternal, Vectors,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::VectorPoint;
use crate::{
    domain::{AssetKey, RetrievalScope, SegmentId, TimeSpan},
    store::VectorHit,
};

/// The one vector of a point; a shard holds one space, so its name tells nothing.
pub(super) const VECTOR: &str = "vector";

pub(super) fn key(name: &str) -> JsonPath {
    name.parse().expect("plain words are paths")
}

pub(super) fn is(key: JsonPath, wanted: Match) -> Condition {
    Condition::Field(FieldCondition::new_match(key, wanted))
}

pub(super) fn filter(scope: &RetrievalScope) -> Option<Filter> {
    let mut conditions = Vec::new();
    if !scope.kinds.is_empty() {
        let kinds: Vec<String> = scope
            .kinds
            .iter()
            .map(|kind| kind.name().to_owned())
            .collect();
        conditions.push(is(key("kind"), kinds.into()));
    }
    if !scope.collections.is_empty() {
        conditions.push(is(key("collections"), scope.collections.clone().into()));
    }
    if let Some(assets) = &scope.assets {
        let assets: Vec<i64> = assets.iter().map(|asset| asset.0).collect();
        conditions.push(is(key("asset"), assets.into()));
    }
    (!conditions.is_empty()).then(|| Filter {
        must: Some(conditions),
        ..Filter::default()
    })
}

impl From<&VectorPoint> for PointStruct {
    fn from(point: &VectorPoint) -> Self {
        let payload = json!({
            "asset": point.asset.0,
            "segment": Uuid::from_u128(point.segment.0).to_string(),
            "at": point.at_millis,
            "start": point.span.start_millis,
            "end": point.span.end_millis,
            "kind": point.kind.name(),
            "collections": point.collections,
        });
        let vectors = Vectors::new_named([(VECTOR, point.vector.clone())]);
        Self::new(point_id(point.id), vectors, payload)
    }
}

pub(super) fn hit(point: &Record, score: f32) -> Option<VectorHit> {
    let Payload(payload) = point.payload.as_ref()?;
    let integer = |name: &str| payload.get(name).and_then(Value::as_i64);
    Some(VectorHit {
        asset: AssetKey(integer("asset")?),
        segment: SegmentId(
            payload
                .get("segment")?
                .as_str()?
                .parse::<Uuid>()
                .ok()?
                .as_u128(),
        ),
        at_millis: integer("at")?,
        span: TimeSpan::new(integer("start")?, integer("end")?),
        score,
    })
}

/// The vector of a point that was read with it.
pub(super) fn vector(point: Record) -> Option<Vec<f32>> {
    match point.vector? {
        VectorStructInternal::Named(mut named) => match named.remove(VECTOR)? {
            VectorInternal::Dense(values) => Some(values),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn point_id(number: u128) -> PointId {
    PointId::Uuid(Uuid::from_u128(number))
}

pub(super) fn number(id: &PointId) -> u128 {
    match id {
        PointId::Uuid(uuid) => uuid.as_u128(),
        PointId::NumId(number) => u128::from(*number),
    }
}
