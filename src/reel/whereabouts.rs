//! Where the sources of a reel lie now, and whether they are still what was picked from.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::{
    error::ReelError,
    lines::{Line, lines_of},
    manifest::{Pick, Reel},
    rights,
    source::Source,
};
use crate::{
    domain::{AssetId, TimeSpan},
    store::{AssetRecord, Catalog, LocationRecord},
};

/// Read at once while hashing; larger pieces are not faster.
const HASHED_AT_ONCE: usize = 1 << 20;

/// How closely sources are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Size and time of modification; the content is hashed only where the time alone differs.
    Stamp,
    /// The BLAKE3 hash of every source's whole content.
    Content,
}

/// What became of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceState {
    /// It is there, as it was.
    Present,
    /// It is not there: moved, deleted, or on a volume that is away.
    Missing,
    /// Something else lies there.
    Changed,
}

/// Where one source lies, and what of the library goes with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The file; where it is missing, where it was last seen, and its bare name where the library
    /// no longer knows it.
    pub path: PathBuf,
    /// What became of it.
    pub state: PlaceState,
    /// What is said in it, in order of time.
    pub lines: Vec<Line>,
    /// A picture of each pick of it, by the pick's number: files of the library, JPEG.
    pub thumbnails: BTreeMap<u32, PathBuf>,
}

/// Where all sources of a reel's present picks lie.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Whereabouts {
    /// By source.
    pub places: BTreeMap<AssetId, Place>,
}

impl Whereabouts {
    /// Looks every source up in the library and on disk. Files are opened for reading only.
    ///
    /// Whoever hands over or renders a reel asks here first, so what may not be shown ends here.
    ///
    /// # Errors
    /// When a person marked what a pick shows as blocked; when the library or a file that is there
    /// can't be read.
    pub fn of(catalog: &Catalog, reel: &Reel, check: Check) -> Result<Self, ReelError> {
        rights::check(reel, catalog)?;
        let mut places: BTreeMap<AssetId, Place> = BTreeMap::new();
        for pick in reel.picks() {
            let Some(source) = reel.sources.get(&pick.asset_id) else {
                continue;
            };
            let asset = catalog.asset_by_id(pick.asset_id)?;
            let place = match places.entry(pick.asset_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    free.insert(place_of(catalog, source, asset.as_ref(), check)?)
                }
            };
            let span = TimeSpan::new(
                source.millis_of(pick.in_frame),
                source.millis_of(pick.out_frame),
            );
            if let Some(asset) = asset
                && let Some(thumbnail) = catalog.thumbnail_near(asset.key, span)?
            {
                let path = catalog.directory().join(thumbnail);
                place.thumbnails.insert(pick.id, path);
            }
        }
        Ok(Self { places })
    }

    /// The same with bare names in place of paths, for whoever may not be told where files lie. Edit suites
    /// find the files again by name.
    pub fn without_folders(mut self) -> Self {
        for place in self.places.values_mut() {
            place.path = place
                .path
                .file_name()
                .map(PathBuf::from)
                .unwrap_or_default();
        }
        self
    }

    /// The file that a pick is cut from.
    ///
    /// # Errors
    /// When it is missing or has changed.
    pub fn file_of(&self, pick: &Pick, source: &Source) -> Result<&Path, ReelError> {
        let place = self.places.get(&pick.asset_id);
        let reason = match place.map(|place| place.state) {
            Some(PlaceState::Present) => None,
            Some(PlaceState::Changed) => Some("has changed since it was indexed"),
            Some(PlaceState::Missing) | None => Some("is missing"),
        };
        match (reason, place) {
            (None, Some(place)) => Ok(&place.path),
            (reason, place) => Err(ReelError::Source {
                pick: pick.id,
                name: place.map_or_else(
                    || source.name.clone(),
                    |place| place.path.display().to_string(),
                ),
                reason: reason.unwrap_or("is missing").to_owned(),
            }),
        }
    }
}

fn place_of(
    catalog: &Catalog,
    source: &Source,
    asset: Option<&AssetRecord>,
    check: Check,
) -> Result<Place, ReelError> {
    let mut place = Place {
        path: PathBuf::from(&source.name),
        state: PlaceState::Missing,
        lines: Vec::new(),
        thumbnails: BTreeMap::new(),
    };
    let Some(asset) = asset else {
        return Ok(place);
    };
    place.lines = lines_of(catalog.segments(asset.key)?);
    // The first good file wins; else a changed one tells more than a missing one.
    for location in &asset.locations {
        let state = state_of(location, check)?;
        let is_better = match (place.state, state) {
            (_, PlaceState::Present) => true,
            (PlaceState::Missing, PlaceState::Changed) => true,
            _ => place.path == Path::new(&source.name),
        };
        if is_better {
            place.path.clone_from(&location.path);
            place.state = state;
        }
        if state == PlaceState::Present {
            break;
        }
    }
    Ok(place)
}

fn state_of(location: &LocationRecord, check: Check) -> Result<PlaceState, ReelError> {
    let failed = |source| ReelError::File {
        doing: "read",
        path: location.path.clone(),
        source,
    };
    let metadata = match fs::metadata(&location.path) {
        Ok(metadata) if metadata.is_file() => metadata,
        // An unmounted volume answers in many ways, and a stale network mount in yet more.
        Ok(_) | Err(_) => return Ok(PlaceState::Missing),
    };
    if metadata.len() != location.size_bytes {
        return Ok(PlaceState::Changed);
    }
    let modified_nanos = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map(|since| since.as_nanos() as i64);
    if check == Check::Stamp && modified_nanos == Some(location.modified_nanos) {
        return Ok(PlaceState::Present);
    }
    let id = content_id(&location.path).map_err(failed)?;
    Ok(if id == location.asset_id {
        PlaceState::Present
    } else {
        PlaceState::Changed
    })
}

fn content_id(path: &Path) -> io::Result<AssetId> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; HASHED_AT_ONCE];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(AssetId(*hasher.finalize().as_bytes())),
            Ok(read) => {
                hasher.update(&buffer[..read]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::{AssertionKind, RIGHTS_BLOCKED},
        reel::ReelFile,
        store::{Access, CorrectionRequest, Store, StoreSettings, VectorSettings},
    };

    /// A library whose one asset lies at two places, and a reel of it.
    struct Library {
        folder: tempfile::TempDir,
        store: Store,
        reel: Reel,
    }

    impl Library {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let settings = StoreSettings {
                directory: folder.path().to_owned(),
                vectors: VectorSettings::Edge,
            };
            let store = Store::open(&settings, Access::Write).unwrap();
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let path = root.join("fixtures/reel/film.reel.json");
            let mut reel = ReelFile { path }.read().unwrap();
            reel.revisions[0].picks.truncate(1);
            let id = AssetId(*blake3::hash(b"gold").as_bytes());
            let pick = &mut reel.revisions[0].picks[0];
            let source = reel.sources[&pick.asset_id].clone();
            pick.asset_id = id;
            reel.sources = [(id, source)].into();
            let key = store.catalog().upsert_asset(id, 4).unwrap();
            let library = Self {
                folder,
                store,
                reel,
            };
            for name in ["a.mov", "b.mov"] {
                let path = library.file(name);
                fs::write(&path, b"gold").unwrap();
                let modified = fs::metadata(&path).unwrap().modified().unwrap();
                let record = LocationRecord {
                    path,
                    asset: key,
                    asset_id: id,
                    size_bytes: 4,
                    modified_nanos: modified.duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64,
                    inode: 1,
                    device: 1,
                    collection: "archive".to_owned(),
                    missing: false,
                };
                library.store.catalog().upsert_locations(&[record]).unwrap();
            }
            library
        }

        fn file(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// Writes a file anew, a minute later.
        fn put(&self, name: &str, content: &[u8]) {
            fs::write(self.file(name), content).unwrap();
            let file = File::options().write(true).open(self.file(name)).unwrap();
            let later = std::time::SystemTime::now() + Duration::from_secs(60);
            file.set_modified(later).unwrap();
        }

        fn found(&self, check: Check) -> (String, PlaceState) {
            let found = Whereabouts::of(self.store.catalog(), &self.reel, check).unwrap();
            let place = found.places.values().next().unwrap();
            let pick = &self.reel.picks()[0];
            let file = found.file_of(pick, &self.reel.sources[&pick.asset_id]);
            assert_eq!(file.is_ok(), place.state == PlaceState::Present);
            let name = place
                .path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (name, place.state)
        }
    }

    #[test]
    fn a_source_is_found_at_whichever_of_its_places_still_holds_it() {
        let library = Library::new();
        let found = |check| library.found(check);
        let at = |name: &str, state| (name.to_owned(), state);
        assert_eq!(found(Check::Stamp), at("a.mov", PlaceState::Present));
        // Touched, and the same all the same.
        library.put("a.mov", b"gold");
        assert_eq!(found(Check::Stamp), at("a.mov", PlaceState::Present));
        library.put("a.mov", b"lead");
        assert_eq!(found(Check::Stamp), at("b.mov", PlaceState::Present));
        fs::remove_file(library.file("b.mov")).unwrap();
        assert_eq!(found(Check::Stamp), at("a.mov", PlaceState::Changed));
        library.put("a.mov", b"longer");
        assert_eq!(found(Check::Stamp), at("a.mov", PlaceState::Changed));
        fs::remove_file(library.file("a.mov")).unwrap();
        assert_eq!(found(Check::Stamp), at("a.mov", PlaceState::Missing));
    }

    #[test]
    fn content_is_hashed_where_it_is_asked_for() {
        let library = Library::new();
        let modified = fs::metadata(library.file("a.mov"))
            .unwrap()
            .modified()
            .unwrap();
        fs::write(library.file("a.mov"), b"lead").unwrap();
        let file = File::options()
            .write(true)
            .open(library.file("a.mov"))
            .unwrap();
        file.set_modified(modified).unwrap();
        assert_eq!(library.found(Check::Stamp).0, "a.mov");
        assert_eq!(library.found(Check::Content).0, "b.mov");
    }

    #[test]
    fn a_source_that_the_library_forgot_is_missing_by_its_name() {
        let mut library = Library::new();
        let unknown = AssetId([9; 32]);
        let pick = &mut library.reel.revisions[0].picks[0];
        let source = library.reel.sources[&pick.asset_id].clone();
        pick.asset_id = unknown;
        library.reel.sources = [(unknown, source)].into();
        let (name, state) = library.found(Check::Stamp);
        assert_eq!((&name[..], state), ("FILM A.mov", PlaceState::Missing));
    }

    #[test]
    fn nobody_is_told_where_blocked_material_lies() {
        let library = Library::new();
        let id = library.reel.picks()[0].asset_id;
        let asset = library.store.catalog().asset_by_id(id).unwrap().unwrap();
        let blocked = CorrectionRequest {
            asset: asset.key,
            segment: None,
            kind: AssertionKind::Rights,
            old_value: None,
            value: Some(RIGHTS_BLOCKED.to_owned()),
            author: "Ada".to_owned(),
        };
        let correction = library.store.correct(&blocked).unwrap();
        let found = Whereabouts::of(library.store.catalog(), &library.reel, Check::Stamp);
        assert!(
            matches!(found, Err(ReelError::Blocked { pick: 1, .. })),
            "{found:?}"
        );
        library.store.take_back(correction.id).unwrap();
        assert_eq!(library.found(Check::Stamp).1, PlaceState::Present);
    }
}
