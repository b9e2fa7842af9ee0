//! Tokens: who may do what. The library keeps their hashes alone.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::access::Scope;
use crate::fault::{Diagnose, Fault};

/// The file in the library.
const FILE: &str = "tokens.toml";

/// Random bytes of a token; as many as its hash has.
const TOKEN_BYTES: usize = 32;

/// What a token begins with, so that a search for lost secrets finds it.
const PREFIX: &str = "rdx_";

/// Why tokens can't be read or written.
#[derive(Debug, Error)]
pub enum TokenError {
    /// The file can't be read or written.
    #[error("failed to access the tokens in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no list of tokens.
    #[error("failed to read the tokens in {}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is no such token.
    #[error("there is no token `{id}`")]
    Unknown {
        /// As asked for.
        id: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {reason}")]
    NoChance {
        /// What it said.
        reason: String,
    },
}

impl Diagnose for TokenError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unknown { .. } => Fault::User,
            _ => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "tokens_io",
            Self::Damaged { .. } => "tokens_damaged",
            Self::Unknown { .. } => "token_unknown",
            Self::NoChance { .. } => "no_random_numbers",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("`reeldex token list` shows all".to_owned()),
            Self::Damaged { .. } => Some(
                "mend or remove the file; removing it ends the validity of all tokens".to_owned(),
            ),
            _ => None,
        }
    }
}

/// A token as the library knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What it is called by: the first digits of its hash.
    pub id: String,
    /// Whose it is, or for what.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// When it was made, RFC 3339.
    pub created: String,
    /// SHA-256 of it, hexadecimal. It has 256 bits of chance, so no slow hash is needed.
    sha256: String,
}

/// The tokens of a library.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    #[serde(skip)]
    path: PathBuf,
    /// When the file that was read was written.
    #[serde(skip)]
    modified: Option<SystemTime>,
    #[serde(default, rename = "token")]
    list: Vec<Token>,
}

impl Tokens {
    /// Those of the library in `directory`; none where there is no file.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn open(directory: &Path) -> Result<Self, TokenError> {
        let path = directory.join(FILE);
        let modified = modified(&path);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(TokenError::File { path, source }),
        };
        let found: Self = toml::from_str(&text).map_err(|error| TokenError::Damaged {
            path: path.clone(),
            reason: error.message().to_owned(),
        })?;
        Ok(Self {
            path,
            modified,
            ..found
        })
    }

    /// Reads the file again when it was written since; one that is gone or damaged changes nothing,
    /// for then nobody new may come in.
    pub(super) fn follow(&mut self) {
        let now = modified(&self.path);
        if now.is_none() || now == self.modified {
            return;
        }
        if let Some(directory) = self.path.parent() {
            match Self::open(directory) {
                Ok(new) => *self = new,
                Err(error) => tracing::warn!(%error, "the tokens stay as they were"),
            }
        }
    }

    /// All of them.
    pub fn list(&self) -> &[Token] {
        &self.list
    }

    /// Makes one and gives it; it can't be had a second time.
    ///
    /// # Errors
    /// When it can't be kept.
    pub fn create(&mut self, name: &str, scope: Scope) -> Result<(Token, String), TokenError> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| TokenError::NoChance {
            reason: error.to_string(),
        })?;
        let secret = format!("{PREFIX}{}", hexadecimal(&bytes));
        let sha256 = hash(&secret);
        let token = Token {
            id: sha256[..8].to_owned(),
            name: name.to_owned(),
            scope,
            created: jiff::Timestamp::now().to_string(),
            sha256,
        };
        self.list.push(token.clone());
        self.write()?;
        Ok((token, secret))
    }

    /// Ends a token's validity.
    ///
    /// # Errors
    /// When there is no such token, or the file can't be written.
    pub fn revoke(&mut self, id: &str) -> Result<(), TokenError> {
        let before = self.list.len();
        self.list.retain(|token| token.id != id);
        if self.list.len() == before {
            return Err(TokenError::Unknown { id: id.to_owned() });
        }
        self.write()
    }

    /// The token that `secret` is; every one is compared, and in the same time however much is alike.
    pub(super) fn find(&self, secret: &str) -> Option<&Token> {
        let wanted = hash(secret);
        self.list.iter().fold(None, |found, token| {
            let is_it = token.sha256.as_bytes().ct_eq(wanted.as_bytes());
            if bool::from(is_it) {
                Some(token)
            } else {
                found
            }
        })
    }

    /// A whole new file takes the place of the old one, readable by its owner alone.
    fn write(&self) -> Result<(), TokenError> {
        let failed = |source| TokenError::File {
            path: self.path.clone(),
            source,
        };
        let text = toml::to_string(self).map_err(|error| TokenError::Damaged {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        if let Some(directory) = self.path.parent() {
            fs::create_dir_all(directory).map_err(failed)?;
        }
        let new = self.path.with_extension("toml.new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&new, &self.path).map_err(failed)
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn hash(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_known_by_its_secret_until_it_is_revoked_and_never_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let mut tokens = Tokens::open(folder.path()).unwrap();
        let (token, secret) = tokens.create("the page", Scope::Curate).unwrap();
        tokens.create("another", Scope::Read).unwrap();
        let file = folder.path().join(FILE);
        assert!(!fs::read_to_string(&file).unwrap().contains(&secret));
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let mut read = Tokens::open(folder.path()).unwrap();
        assert_eq!(read.find(&secret), Some(&token));
        assert_eq!(read.find("rdx_00"), None);
        assert_eq!(read.find(""), None);
        read.revoke(&token.id).unwrap();
        assert_eq!(Tokens::open(folder.path()).unwrap().find(&secret), None);
        assert!(read.revoke(&token.id).is_err());
    }
}
