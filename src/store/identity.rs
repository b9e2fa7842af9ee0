//! Ids that follow from what they name, so that applying a change twice changes nothing.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use uuid::Uuid;

use crate::domain::{AssetId, AssetKey, Channel, SegmentId, SpaceId, TimeSpan};

/// The namespace of all ids made here; any fixed value does, and this one must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x7265_656c_6465_7840_8d2c_51b6_0f1a_94e3);

/// The id of a segment: UUID v5 of asset, channel, span and ordinal.
pub fn segment_id(asset: AssetId, channel: Channel, span: TimeSpan, ordinal: u32) -> SegmentId {
    let mut name = Vec::with_capacity(64);
    name.extend_from_slice(&asset.0);
    name.extend_from_slice(&span.start_millis.to_be_bytes());
    name.extend_from_slice(&span.end_millis.to_be_bytes());
    name.extend_from_slice(&ordinal.to_be_bytes());
    name.extend_from_slice(channel.name().as_bytes());
    SegmentId(Uuid::new_v5(&NAMESPACE, &name).as_u128())
}

/// The id of a vector: its asset's key before one half of the UUID v5 of segment, time and space.
///
/// Vector indexes keep their points in the order of ids, so an asset's lie side by side there, and
/// what looks through few assets reads from few places.
pub fn point_id(asset: AssetKey, segment: SegmentId, at_millis: i64, space_name: &str) -> u128 {
    let mut name = Vec::with_capacity(64);
    name.extend_from_slice(&segment.0.to_be_bytes());
    name.extend_from_slice(&at_millis.to_be_bytes());
    name.extend_from_slice(space_name.as_bytes());
    let own = Uuid::new_v5(&NAMESPACE, &name).as_u128();
    u128::from(asset.0.cast_unsigned()) << 64 | own & u128::from(u64::MAX)
}

/// A short name of a space that file systems and servers take, and that no other space has.
///
/// [`SpaceId::name`] replaces signs it does not know, so two models may share it; the digits tell
/// them apart.
pub(super) fn space_slug(space: &SpaceId) -> String {
    let name = format!("{}\0{}", space.name(), space.model);
    let digits = Uuid::new_v5(&NAMESPACE, name.as_bytes())
        .simple()
        .to_string();
    let readable: String = space.name().chars().take(80).collect();
    format!("{readable}-{}", &digits[..8])
}

/// An id for a new library: a UUID v5 of its place, this moment and this process.
pub(super) fn new_library_id(directory: &Path) -> String {
    let moment = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let name = format!("{}\0{moment}\0{}", directory.display(), std::process::id());
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
        .simple()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SpaceKind;

    #[test]
    fn ids_never_change() {
        let asset = AssetId([7; 32]);
        let segment = segment_id(asset, Channel::Shot, TimeSpan::new(0, 1000), 3);
        assert_eq!(
            Uuid::from_u128(segment.0).to_string(),
            "eb68cbf3-40ab-5b9b-8861-451fcb4a40bc"
        );
        let point = point_id(AssetKey(3), segment, 500, "picture-x-4");
        assert_eq!(
            Uuid::from_u128(point).to_string(),
            "00000000-0000-0003-882d-45a16b532ae6"
        );
    }

    #[test]
    fn points_of_an_asset_have_ids_side_by_side() {
        let id = |asset, segment| point_id(AssetKey(asset), SegmentId(segment), 0, "picture-x-4");
        let mut ids: Vec<u128> = (0..200)
            .map(|number| id(number as i64 % 2, number))
            .collect();
        ids.sort_unstable();
        assert!(ids[..100].iter().all(|id| id >> 64 == 0));
        assert!(ids[100..].iter().all(|id| id >> 64 == 1));
        ids.dedup();
        assert_eq!(ids.len(), 200);
    }

    #[test]
    fn every_part_of_a_segment_is_part_of_its_id() {
        let (asset, span) = (AssetId([7; 32]), TimeSpan::new(0, 1000));
        let id = segment_id(asset, Channel::Shot, span, 3);
        assert_ne!(id, segment_id(AssetId([8; 32]), Channel::Shot, span, 3));
        assert_ne!(id, segment_id(asset, Channel::Speech, span, 3));
        assert_ne!(
            id,
            segment_id(asset, Channel::Shot, TimeSpan::new(0, 1001), 3)
        );
        assert_ne!(id, segment_id(asset, Channel::Shot, span, 4));
    }

    #[test]
    fn models_that_differ_in_a_sign_do_not_share_a_space() {
        let space = |model: &str| SpaceId {
            kind: SpaceKind::Picture,
            model: model.into(),
            dimensions: 4,
        };
        assert_eq!(space("a@b").name(), space("a:b").name());
        assert_ne!(space_slug(&space("a@b")), space_slug(&space("a:b")));
    }
}
