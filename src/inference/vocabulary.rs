//! The terms that pictures are labelled with, and how each is put into words.

use std::path::Path;

use serde::Deserialize;

use crate::inference::InferenceError;

const BUILTIN: &str = include_str!("../../models/vocabulary/general.toml");
const BUILTIN_PATH: &str = "models/vocabulary/general.toml";
const DEMONSTRATION: &str = include_str!("../../models/vocabulary/demo.toml");
const DEMONSTRATION_PATH: &str = "models/vocabulary/demo.toml";

/// Terms in groups, with the sentences that stand for each of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    pub(crate) neutral: Vec<String>,
    pub(crate) groups: Vec<Vec<Term>>,
    version: String,
}

/// One term and its sentences.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) name: String,
    pub(crate) sentences: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VocabularyFile {
    neutral: Vec<String>,
    group: Vec<GroupFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFields {
    name: String,
    templates: Vec<String>,
    terms: Vec<TermFields>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TermFields {
    Name(String),
    Wordings(Vec<String>),
}

impl Vocabulary {
    /// The vocabulary that comes with the program.
    ///
    /// # Errors
    /// A vocabulary that is not well formed.
    pub fn builtin() -> Result<Self, InferenceError> {
        Self::parse(BUILTIN, Path::new(BUILTIN_PATH))
    }

    /// The words that the demonstration model knows; any other would name what it has never seen.
    ///
    /// # Errors
    /// As [`builtin`](Self::builtin).
    pub fn demonstration() -> Result<Self, InferenceError> {
        Self::parse(DEMONSTRATION, Path::new(DEMONSTRATION_PATH))
    }

    /// The vocabulary in the TOML file `path`, in the form of the one that comes with the program.
    ///
    /// # Errors
    /// A missing or unreadable file, or one that is not well formed.
    pub fn load(path: &Path) -> Result<Self, InferenceError> {
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => InferenceError::FileMissing {
                path: path.to_owned(),
            },
            _ => InferenceError::Io {
                path: path.to_owned(),
                source,
            },
        })?;
        Self::parse(&text, path)
    }

    /// First 8 hexadecimal digits of the BLAKE3 hash of the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn parse(text: &str, path: &Path) -> Result<Self, InferenceError> {
        let damaged = |reason: String| InferenceError::FileDamaged {
            reason,
            path: path.to_owned(),
        };
        let file: VocabularyFile = toml::from_str(text)
            .map_err(|error| damaged(format!("not a vocabulary ({})", error.message())))?;
        if file.neutral.is_empty() {
            return Err(damaged("`neutral` has no sentence".to_owned()));
        }
        let mut seen = std::collections::HashSet::new();
        let mut groups = Vec::with_capacity(file.group.len());
        for group in file.group {
            if group.templates.is_empty() || group.templates.iter().any(|text| !text.contains("{}"))
            {
                return Err(damaged(format!(
                    "group `{}` needs templates with {{}}",
                    group.name
                )));
            }
            let mut terms = Vec::with_capacity(group.terms.len());
            for fields in group.terms {
                let term = Term::new(fields, &group.templates).ok_or_else(|| {
                    damaged(format!("group `{}` has a term without a name", group.name))
                })?;
                if !seen.insert(term.name.clone()) {
                    return Err(damaged(format!("term `{}` comes twice", term.name)));
                }
                terms.push(term);
            }
            groups.push(terms);
        }
        Ok(Self {
            neutral: file.neutral,
            groups,
            version: blake3::hash(text.as_bytes()).to_hex()[..8].to_owned(),
        })
    }
}

impl Term {
    fn new(fields: TermFields, templates: &[String]) -> Option<Self> {
        let (name, wordings) = match fields {
            TermFields::Name(name) => (name.clone(), vec![name]),
            TermFields::Wordings(wordings) => match wordings.split_first()? {
                (name, []) => (name.clone(), wordings),
                (name, others) => (name.clone(), others.to_vec()),
            },
        };
        if name.trim().is_empty() {
            return None;
        }
        let sentences = wordings
            .iter()
            .flat_map(|wording| {
                templates
                    .iter()
                    .map(move |template| fill(template, wording))
            })
            .collect();
        Some(Self { name, sentences })
    }
}

fn fill(template: &str, wording: &str) -> String {
    let article = match wording.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => "an",
        false => "a",
    };
    template.replace("{a}", article).replace("{}", wording)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_vocabulary_has_hundreds_of_terms_with_sentences() {
        let vocabulary = Vocabulary::builtin().unwrap();
        let terms: Vec<&Term> = vocabulary.groups.iter().flatten().collect();
        assert!(terms.len() >= 300, "{}", terms.len());
        assert!(terms.iter().all(|term| term.sentences.len() >= 2));
        assert!(
            terms
                .iter()
                .all(|term| term.sentences.iter().all(|s| !s.contains('{')))
        );
        let athlete = terms.iter().find(|term| term.name == "athlete").unwrap();
        assert_eq!(athlete.sentences[0], "a photo of an athlete");
        assert_eq!(vocabulary.version().len(), 8);
    }

    #[test]
    fn a_vocabulary_that_is_not_well_formed_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("own.toml");
        assert!(matches!(
            Vocabulary::load(&path),
            Err(InferenceError::FileMissing { .. })
        ));
        let group =
            |rest: &str| format!("neutral = [\"a photo\"]\n[[group]]\nname = \"g\"\n{rest}");
        for (text, reason) in [
            ("neutral = []\ngroup = []".to_owned(), "no sentence"),
            (
                group("templates = [\"a photo\"]\nterms = [\"x\"]"),
                "templates with {}",
            ),
            (
                group("templates = []\nterms = [\"x\"]"),
                "templates with {}",
            ),
            (
                group("templates = [\"{}\"]\nterms = [\"x\", [\"x\", \"y\"]]"),
                "`x` comes twice",
            ),
            (
                group("templates = [\"{}\"]\nterms = [[]]"),
                "without a name",
            ),
            (
                group("templates = [\"{}\"]\nterms = []\ncolour = 1"),
                "unknown field",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Vocabulary::load(&path).unwrap_err().to_string();
            assert!(
                error.contains(reason) && error.contains("own.toml"),
                "{error}"
            );
        }
    }
}
