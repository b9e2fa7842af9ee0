//! Names of languages: ISO 639-1, both forms of ISO 639-2, and the codes of Tesseract's data.

/// One language under all its names.
struct Language {
    /// ISO 639-1, as used throughout the catalogue.
    short: &'static str,
    /// ISO 639-2/T (from the language's own name).
    terminological: &'static str,
    /// ISO 639-2/B (from its English name), as containers often tag; mostly the same.
    bibliographic: &'static str,
    /// Tesseract's language data; mostly the 639-2/T code.
    tesseract: &'static str,
}

const fn same(short: &'static str, code: &'static str) -> Language {
    Language {
        short,
        terminological: code,
        bibliographic: code,
        tesseract: code,
    }
}

const fn two(
    short: &'static str,
    terminological: &'static str,
    bibliographic: &'static str,
) -> Language {
    Language {
        short,
        terminological,
        bibliographic,
        tesseract: terminological,
    }
}

/// The languages most often met in media archives, by ISO 639-1 code.
const LANGUAGES: [Language; 67] = [
    same("af", "afr"),
    same("am", "amh"),
    same("ar", "ara"),
    same("az", "aze"),
    same("be", "bel"),
    same("bg", "bul"),
    same("bn", "ben"),
    same("bs", "bos"),
    same("ca", "cat"),
    two("cs", "ces", "cze"),
    two("cy", "cym", "wel"),
    same("da", "dan"),
    two("de", "deu", "ger"),
    two("el", "ell", "gre"),
    same("en", "eng"),
    same("eo", "epo"),
    same("es", "spa"),
    same("et", "est"),
    two("eu", "eus", "baq"),
    two("fa", "fas", "per"),
    same("fi", "fin"),
    two("fr", "fra", "fre"),
    same("ga", "gle"),
    same("gl", "glg"),
    same("gu", "guj"),
    same("he", "heb"),
    same("hi", "hin"),
    same("hr", "hrv"),
    same("hu", "hun"),
    two("hy", "hye", "arm"),
    same("id", "ind"),
    two("is", "isl", "ice"),
    same("it", "ita"),
    same("ja", "jpn"),
    two("ka", "kat", "geo"),
    same("kk", "kaz"),
    same("km", "khm"),
    same("kn", "kan"),
    same("ko", "kor"),
    same("la", "lat"),
    same("lt", "lit"),
    same("lv", "lav"),
    two("mk", "mkd", "mac"),
    same("ml", "mal"),
    same("mr", "mar"),
    two("ms", "msa", "may"),
    two("nl", "nld", "dut"),
    same("no", "nor"),
    same("pl", "pol"),
    same("pt", "por"),
    two("ro", "ron", "rum"),
    same("ru", "rus"),
    two("sk", "slk", "slo"),
    same("sl", "slv"),
    two("sq", "sqi", "alb"),
    same("sr", "srp"),
    same("sv", "swe"),
    same("sw", "swa"),
    same("ta", "tam"),
    same("te", "tel"),
    same("th", "tha"),
    Language {
        short: "tl",
        terminological: "tgl",
        bibliographic: "tgl",
        tesseract: "fil",
    },
    same("tr", "tur"),
    same("uk", "ukr"),
    same("ur", "urd"),
    same("vi", "vie"),
    Language {
        short: "zh",
        terminological: "zho",
        bibliographic: "chi",
        tesseract: "chi_sim",
    },
];

/// Codes that mean one of the languages above: both written forms of Norwegian, Chinese by
/// script, spoken Chinese, codes withdrawn from ISO 639-1.
const ALIASES: [(&str, &str); 10] = [
    ("nb", "no"),
    ("nob", "no"),
    ("nn", "no"),
    ("nno", "no"),
    ("iw", "he"),
    ("in", "id"),
    ("chi_tra", "zh"),
    ("cmn", "zh"),
    ("srp_latn", "sr"),
    ("mo", "ro"),
];

fn find(code: &str) -> Option<&'static Language> {
    // Region and script, as in `pt-BR` and `zh_Hans`, are no part of the language; Tesseract's
    // own codes with an underscore are looked for as a whole first.
    let whole = code.trim().to_ascii_lowercase();
    let primary = whole.split(['-', '_']).next().unwrap_or_default();
    [whole.as_str(), primary].into_iter().find_map(|name| {
        let name = ALIASES
            .iter()
            .find(|(alias, _)| *alias == name)
            .map_or(name, |(_, short)| short);
        LANGUAGES.iter().find(|language| {
            [
                language.short,
                language.terminological,
                language.bibliographic,
                language.tesseract,
            ]
            .contains(&name)
        })
    })
}

/// The ISO 639-1 code of a language given by any of its codes, with or without a region:
/// `fre`, `fra`, `FR` and `fr-CA` are `fr`. `None` for `und` and languages outside the table.
pub fn iso_639_1(code: &str) -> Option<&'static str> {
    find(code).map(|language| language.short)
}

/// The ISO 639-2/T code: `fra` for `fr` and `fre`.
pub fn iso_639_2(code: &str) -> Option<&'static str> {
    find(code).map(|language| language.terminological)
}

/// Tesseract's name of the language's data: `fra` for `fr`, `chi_sim` for `zh`, `chi_tra` for
/// `zh-TW`, `zh-HK` and `zh-Hant`.
pub fn tesseract_code(code: &str) -> Option<&'static str> {
    let language = find(code)?;
    let rest = code.trim().to_ascii_lowercase();
    let is_traditional = ["hant", "tw", "hk", "mo", "tra"]
        .iter()
        .any(|subtag| rest.split(['-', '_']).skip(1).any(|part| part == *subtag));
    Some(match language.short {
        "zh" if is_traditional => "chi_tra",
        _ => language.tesseract,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_code_leads_to_the_same_language() {
        for code in ["fr", "fra", "fre", "FRE", "fr-CA", "fr_FR", " fra "] {
            assert_eq!(iso_639_1(code), Some("fr"), "{code}");
            assert_eq!(tesseract_code(code), Some("fra"), "{code}");
        }
        assert_eq!(iso_639_2("ger"), Some("deu"));
        assert_eq!(iso_639_1("nb"), Some("no"));
    }

    #[test]
    fn chinese_is_read_in_the_script_that_the_code_names() {
        assert_eq!(tesseract_code("zh"), Some("chi_sim"));
        assert_eq!(tesseract_code("zho-Hant"), Some("chi_tra"));
        assert_eq!(tesseract_code("zh-TW"), Some("chi_tra"));
        assert_eq!(tesseract_code("chi_tra"), Some("chi_tra"));
        assert_eq!(iso_639_1("chi_sim"), Some("zh"));
    }

    #[test]
    fn unknown_and_undetermined_codes_have_no_name() {
        for code in ["und", "", "-", "xx", "mul", "qaa", "fr\0"] {
            assert_eq!(iso_639_1(code), None, "{code}");
        }
    }

    #[test]
    fn no_code_belongs_to_two_languages() {
        for language in &LANGUAGES {
            for code in [
                language.short,
                language.terminological,
                language.bibliographic,
                language.tesseract,
            ] {
                assert_eq!(iso_639_1(code), Some(language.short), "{code}");
            }
        }
    }

    #[test]
    fn every_alias_means_a_language_of_the_table() {
        for (alias, short) in ALIASES {
            assert_eq!(iso_639_1(alias), Some(short), "{alias}");
        }
    }
}
