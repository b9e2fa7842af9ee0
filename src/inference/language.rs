//! Names of Tesseract's language data.

use crate::domain::iso_639_2;

/// Tesseract's name of a language's data: `fra` for `fr`, `chi_sim` for `zh`, `chi_tra` for
/// `zh-TW`, `zh-HK` and `zh-Hant`; `None` for a code that names no language.
pub fn tesseract_code(code: &str) -> Option<&'static str> {
    let lower = code.trim().to_ascii_lowercase();
    let mut subtags = lower.split(['-', '_']).skip(1);
    let is_traditional = subtags.any(|part| ["hant", "tw", "hk", "mo", "tra"].contains(&part));
    // Elsewhere the data are named by ISO 639-2/T.
    Some(
        match iso_639_2(if lower.starts_with("chi_") {
            "zh"
        } else {
            &lower
        })? {
            "zho" if is_traditional => "chi_tra",
            "zho" => "chi_sim",
            "tgl" => "fil",
            code => code,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_code_leads_to_the_same_data() {
        for code in ["fr", "fra", "fre", "FRE", "fr-CA", "fr_FR", " fra "] {
            assert_eq!(tesseract_code(code), Some("fra"), "{code}");
        }
        assert_eq!(tesseract_code("xx"), None);
    }

    #[test]
    fn chinese_is_read_in_the_script_that_the_code_names() {
        assert_eq!(tesseract_code("zh"), Some("chi_sim"));
        assert_eq!(tesseract_code("chi_sim"), Some("chi_sim"));
        assert_eq!(tesseract_code("zho-Hant"), Some("chi_tra"));
        assert_eq!(tesseract_code("zh-TW"), Some("chi_tra"));
        assert_eq!(tesseract_code("chi_tra"), Some("chi_tra"));
    }
}
