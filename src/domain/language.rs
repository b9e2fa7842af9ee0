//! Language codes as files write them, brought to two letters.

/// ISO 639-1 codes, each followed by its ISO 639-2 terminology and, where it differs, bibliographic
/// code. Source: the Library of Congress's table of ISO 639-2.
const CODES: &str = "aa aar|ab abk|ae ave|af afr|ak aka|am amh|an arg|ar ara|as asm|av ava|ay aym|az aze|ba bak|\
be bel|bg bul|bi bis|bm bam|bn ben|bo bod tib|br bre|bs bos|ca cat|ce che|ch cha|co cos|cr cre|cs ces cze|cu chu|\
cv chv|cy cym wel|da dan|de deu ger|dv div|dz dzo|ee ewe|el ell gre|en eng|eo epo|es spa|et est|eu eus baq|\
fa fas per|ff ful|fi fin|fj fij|fo fao|fr fra fre|fy fry|ga gle|gd gla|gl glg|gn grn|gu guj|gv glv|ha hau|he heb|\
hi hin|ho hmo|hr hrv|ht hat|hu hun|hy hye arm|hz her|ia ina|id ind|ie ile|ig ibo|ii iii|ik ipk|io ido|is isl ice|\
it ita|iu iku|ja jpn|jv jav|ka kat geo|kg kon|ki kik|kj kua|kk kaz|kl kal|km khm|kn kan|ko kor|kr kau|ks kas|\
ku kur|kv kom|kw cor|ky kir|la lat|lb ltz|lg lug|li lim|ln lin|lo lao|lt lit|lu lub|lv lav|mg mlg|mh mah|\
mi mri mao|mk mkd mac|ml mal|mn mon|mr mar|ms msa may|mt mlt|my mya bur|na nau|nb nob|nd nde|ne nep|ng ndo|\
nl nld dut|nn nno|no nor|nr nbl|nv nav|ny nya|oc oci|oj oji|om orm|or ori|os oss|pa pan|pi pli|pl pol|ps pus|\
pt por|qu que|rm roh|rn run|ro ron rum|ru rus|rw kin|sa san|sc srd|sd snd|se sme|sg sag|si sin|sk slk slo|sl slv|\
sm smo|sn sna|so som|sq sqi alb|sr srp|ss ssw|st sot|su sun|sv swe|sw swa|ta tam|te tel|tg tgk|th tha|ti tir|\
tk tuk|tl tgl|tn tsn|to ton|tr tur|ts tso|tt tat|tw twi|ty tah|ug uig|uk ukr|ur urd|uz uzb|ve ven|vi vie|vo vol|\
wa wln|wo wol|xh xho|yi yid|yo yor|za zha|zh zho chi|zu zul";

/// Codes that mean one of the languages above: written forms of Norwegian, Chinese as spoken,
/// codes withdrawn from ISO 639-1.
const ALIASES: [(&str, &str); 8] = [
    ("nb", "no"),
    ("nob", "no"),
    ("nn", "no"),
    ("nno", "no"),
    ("iw", "he"),
    ("in", "id"),
    ("cmn", "zh"),
    ("mo", "ro"),
];

fn codes_of(tag: &str) -> Option<std::str::Split<'static, char>> {
    // Region and script, as in `pt-BR` and `zh_Hans`, are no part of the language.
    let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    let primary = ALIASES
        .iter()
        .find(|(alias, _)| *alias == primary)
        .map_or(primary.as_str(), |(_, code)| code);
    CODES
        .split('|')
        .find(|codes| codes.split(' ').any(|code| code == primary))
        .map(|codes| codes.split(' '))
}

/// The two-letter code of a tag such as `fr`, `fre`, `fra`, `FR` or `fr-CA`; `None` for `und` and
/// for languages without one.
pub fn iso_639_1(tag: &str) -> Option<&'static str> {
    codes_of(tag)?.next()
}

/// The ISO 639-2 terminology code of such a tag: `fra` for `fr` and `fre`.
pub fn iso_639_2(tag: &str) -> Option<&'static str> {
    codes_of(tag)?.nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_either_kind_and_with_a_region_are_known() {
        for tag in ["fr", "FR", "fre", "fra", "fr-CA", "fr_FR"] {
            assert_eq!(iso_639_1(tag), Some("fr"), "{tag}");
        }
        assert_eq!(iso_639_1("chi"), Some("zh"));
        assert_eq!(iso_639_1("nb"), Some("no"));
        assert_eq!(iso_639_2("ger"), Some("deu"));
        for tag in ["", "und", "x", "x264", "en1", "-"] {
            assert_eq!(iso_639_1(tag), None, "{tag}");
        }
    }

    #[test]
    fn no_code_stands_for_two_languages() {
        let mut codes: Vec<&str> = CODES.split(['|', ' ']).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(codes.iter().all(|code| (2..=3).contains(&code.len())));
    }
}
