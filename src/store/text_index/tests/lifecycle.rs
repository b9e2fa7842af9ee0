//! How the index comes to be, changes and is given up.

use std::fs;

use super::*;

#[test]
fn an_asset_is_replaced_and_removed_and_nothing_is_seen_before_the_flush() {
    let (directory, index) = speech_index(&[("en", "gold"), ("en", "silver")]);
    index
        .replace_asset(
            AssetKey(1),
            &[document(1, WordField::Speech, Some("en"), "bronze")],
        )
        .unwrap();
    assert_eq!(found(&index, "bronze"), [] as [i64; 0]);
    let reader = TextIndex::open(directory.path(), Access::Read).unwrap();
    assert_eq!(found(&reader, "gold"), [1]);
    index.flush(7).unwrap();
    assert_eq!(found(&reader, "gold"), [] as [i64; 0]);
    assert_eq!(found(&reader, "bronze"), [1]);
    assert_eq!(reader.flushed_sequence().unwrap(), 7);
    index.remove_asset(AssetKey(1)).unwrap();
    index.flush(8).unwrap();
    assert_eq!(reader.documents().unwrap().len(), 1);
    assert_eq!(
        index.documents().unwrap()[0].1,
        document(2, WordField::Speech, None, "").segment
    );
    index.clear().unwrap();
    assert_eq!(reader.documents().unwrap(), []);
    assert_eq!(reader.flushed_sequence().unwrap(), 0);
    assert!(reader.remove_asset(AssetKey(2)).is_err());
}

#[test]
fn a_second_writer_is_told_that_the_library_is_busy() {
    let (directory, _index) = speech_index(&[("en", "gold")]);
    let second = TextIndex::open(directory.path(), Access::Write);
    assert!(matches!(second, Err(StoreError::Busy { .. })), "{second:?}");
}

#[test]
fn a_damaged_or_foreign_index_is_thrown_away() {
    for damage in ["bytes", "meta", "format"] {
        let (directory, index) = speech_index(&[("en", "gold")]);
        drop(index);
        let sound = TextIndex::open(directory.path(), Access::Write).unwrap();
        assert!(!sound.is_empty_after_damage());
        assert_eq!(sound.flushed_sequence().unwrap(), 1);
        drop(sound);
        match damage {
            "bytes" => {
                // As a killed writer leaves it, with a page that never reached the disk.
                fs::write(directory.path().join(open::OPEN_MARKER), "").unwrap();
                let store = fs::read_dir(directory.path())
                    .unwrap()
                    .flatten()
                    .map(|entry| entry.path())
                    .find(|path| {
                        path.extension()
                            .is_some_and(|extension| extension == "store")
                    })
                    .unwrap();
                let mut bytes = fs::read(&store).unwrap();
                bytes[0] ^= 0xff;
                fs::write(&store, bytes).unwrap();
            }
            "meta" => fs::write(directory.path().join("meta.json"), "{").unwrap(),
            _ => fs::write(directory.path().join(open::FORMAT_FILE), "0").unwrap(),
        }
        if damage != "bytes" {
            assert!(TextIndex::open(directory.path(), Access::Read).is_err());
        }
        let anew = TextIndex::open(directory.path(), Access::Write).unwrap();
        assert!(anew.is_empty_after_damage(), "{damage}");
        assert_eq!(anew.flushed_sequence().unwrap(), 0);
        assert_eq!(found(&anew, "gold"), [] as [i64; 0]);
    }
}

#[test]
fn a_reader_without_an_index_sees_an_empty_one() {
    let directory = tempfile::tempdir().unwrap();
    let index = TextIndex::open(&directory.path().join("none"), Access::Read).unwrap();
    assert!(index.is_empty_after_damage());
    assert_eq!(found(&index, "gold"), [] as [i64; 0]);
}
