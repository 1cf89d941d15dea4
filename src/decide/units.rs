//! Do two titles count in the same unit?
//!
//! A HCPCS or CPT code is billed in units that only its title names: when
//! J9310 (rituximab, 100 mg) became J9312 (rituximab, 10 mg), the same claim
//! needed ten times the units. So the amounts of both titles are compared. An
//! amount that stands on one side only proves nothing, and a person decides;
//! what counts is that no change of unit passes for the same. Numbers that are
//! not amounts (isotopes, factor numbers, ages) are passed over.

use std::iter::Peekable;
use std::str::CharIndices;

/// Whether two titles count in the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// The same amounts, or none on either side.
    Same,
    /// The amounts differ.
    Changed,
    /// An amount stands on one side only.
    Unknown,
}

/// Compares the amounts of two titles.
pub fn compare(old_title: &str, new_title: &str) -> Units {
    let (old, new) = (amounts(old_title), amounts(new_title));
    if old == new {
        return compare_counts(old_title, new_title);
    }
    let of = |all: &[Amount], what: &str| -> Vec<Amount> {
        all.iter().filter(|amount| amount.of == what).cloned().collect()
    };
    let has = |all: &[Amount], what: &str| all.iter().any(|amount| amount.of == what);
    let lacks = |all: &[Amount], other: &[Amount]| all.iter().any(|own| !has(other, &own.of));
    let differs =
        old.iter().any(|own| has(&new, &own.of) && of(&old, &own.of) != of(&new, &own.of));
    // Each names what the other does not: a dose against milligrams.
    let apart = lacks(&old, &new) && lacks(&new, &old);
    if differs || apart { Units::Changed } else { Units::Unknown }
}

/// Titles with the same amounts: if the same words hold other numbers, something
/// is counted that no unit names ("per box of 100", "two views", "pair").
fn compare_counts(old_title: &str, new_title: &str) -> Units {
    let ((old_words, old_counts), (new_words, new_counts)) = (counts(old_title), counts(new_title));
    let is_same_thing = !old_words.is_empty() && old_words == new_words;
    if is_same_thing && old_counts != new_counts { Units::Changed } else { Units::Same }
}

/// The words of a title and the numbers among them, amounts apart. Words that only
/// bound a number ("or more") are neither; a period is a number.
fn counts(title: &str) -> (Vec<String>, Vec<String>) {
    let tokens = tokens(&title.to_lowercase());
    let (mut words, mut counts) = (Vec::new(), Vec::new());
    let mut rest = &tokens[..];
    while let Some(first) = rest.first() {
        let (amount, taken) = read(&tokens[..tokens.len() - rest.len()], rest);
        match first {
            _ if amount.is_some() => {}
            Token::Number(number) => counts.push(number.to_string()),
            Token::Word(word) => match number_word(word).or_else(|| several(word)) {
                Some(number) => counts.push(number.to_string()),
                None if is_period(word) => counts.push(singular(word).to_owned()),
                None if bounds(word) => {}
                None => words.push(singular(word).to_owned()),
            },
            Token::Mark(_) => {}
        }
        rest = &rest[if amount.is_some() { taken } else { 1 }..];
    }
    counts.sort_unstable();
    (words, counts)
}

fn several(word: &str) -> Option<f64> {
    match word {
        "single" | "full" | "unilateral" | "monaural" => Some(1.0),
        "pair" | "double" | "dual" | "bilateral" | "binaural" => Some(2.0),
        "half" => Some(0.5),
        "quarter" => Some(0.25),
        "triple" => Some(3.0),
        "dozen" => Some(12.0),
        _ => None,
    }
}

fn is_period(word: &str) -> bool {
    let periods = ["hour", "day", "week", "month", "year"];
    let by = ["hourly", "daily", "weekly", "monthly", "yearly"];
    periods.contains(&singular(word)) || by.contains(&word)
}

fn bounds(word: &str) -> bool {
    let words = [
        "or", "more", "less", "fewer", "up", "to", "at", "least", "than", "greater", "minimum",
        "maximum", "of",
    ];
    words.contains(&word)
}

/// So much of something, in thousandths of its smallest unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Amount {
    /// What is counted: `mass`, `time`, `dose`, ...
    of: String,
    thousandths: u64,
    bound: Bound,
}

/// What stands before a number: "up to 10 minutes" is not "greater than 10 minutes".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    Exact,
    AtMost,
    AtLeast,
}

impl Amount {
    fn new(of: &str, value: f64) -> Amount {
        // Amounts in titles are small decimals; thousandths keep 0.125 and 0.01 mg apart.
        #[allow(clippy::cast_sign_loss)]
        let thousandths = (value * 1000.0).round() as u64;
        Amount { of: of.to_owned(), thousandths, bound: Bound::Exact }
    }
}

/// The amounts of a title, each once, in order.
fn amounts(title: &str) -> Vec<Amount> {
    let tokens = tokens(&title.to_lowercase());
    let mut amounts = Vec::new();
    let mut rest = &tokens[..];
    while !rest.is_empty() {
        let before = &tokens[..tokens.len() - rest.len()];
        let (amount, taken) = read(before, rest);
        amounts.extend(amount);
        rest = &rest[taken..];
    }
    amounts.sort_unstable();
    amounts.dedup();
    amounts
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    /// `,` `;` `(` and the like; `-` is none.
    Mark(char),
}

/// What begins here, and how many tokens it takes (at least one).
fn read(before: &[Token], rest: &[Token]) -> (Option<Amount>, usize) {
    if let Some((mut amount, taken)) = measured(rest) {
        amount.bound = bound(before, &rest[taken..]);
        return (Some(amount), taken);
    }
    // "100 per box"
    if let [Token::Number(number), Token::Word(per), Token::Word(noun), ..] = rest
        && per == "per"
        && is_container(noun)
    {
        return (Some(Amount::new(singular(noun), *number)), 3);
    }
    let Token::Word(word) = &rest[0] else { return (None, 1) };
    let opens = !matches!(before.last(), Some(Token::Word(_) | Token::Number(_)));
    match word.as_str() {
        "per" => shifted(counted(&rest[1..])),
        "each" | "every" if opens => shifted(each(&rest[1..])),
        "first" | "initial" => (Some(Amount::new("first", 1.0)), 1),
        "additional" | "subsequent" | "further" => (Some(Amount::new("further", 1.0)), 1),
        // "long half-life": the class of a product, not a time.
        "half" if is_word(rest.get(1), "life") => (Some(half_life(before)), 2),
        _ => (None, 1),
    }
}

fn shifted((amount, taken): (Option<Amount>, usize)) -> (Option<Amount>, usize) {
    (amount, taken + 1)
}

/// What stands behind `per`: an amount, a unit (one of it), or a noun such as `dose`.
fn counted(rest: &[Token]) -> (Option<Amount>, usize) {
    if let Some((amount, taken)) = measured(rest).or_else(|| unit_at(rest, 1.0)) {
        return (Some(amount), taken);
    }
    match rest {
        [Token::Number(number), Token::Word(noun), ..] => {
            (Some(Amount::new(singular(noun), *number)), 2)
        }
        // "per box of 100"
        [Token::Word(noun), Token::Word(of), Token::Number(number), ..] if of == "of" => {
            (Some(Amount::new(singular(noun), *number)), 3)
        }
        // The second word names the thing: "study dose", "treatment session", "fluid ounce".
        [Token::Word(_), Token::Word(noun), ..] if is_counted(noun) => {
            (Some(Amount::new(singular(noun), 1.0)), 2)
        }
        [Token::Word(noun), ..] => (Some(Amount::new(singular(noun), 1.0)), 1),
        _ => (None, 0),
    }
}

/// What stands behind `each`: an amount, a unit, or the thing itself.
fn each(rest: &[Token]) -> (Option<Amount>, usize) {
    if let Some((amount, taken)) = measured(rest).or_else(|| unit_at(rest, 1.0)) {
        return (Some(amount), taken);
    }
    match rest.first() {
        // "each additional 30 minutes" says further, and thirty minutes.
        Some(Token::Word(word)) if word == "additional" => (None, 0),
        _ => (Some(Amount::new("each", 1.0)), 0),
    }
}

/// A number and its unit: `10 mg`, `1 million plaque forming units`, `16 sq. in`.
fn measured(rest: &[Token]) -> Option<(Amount, usize)> {
    let mut value = match rest.first()? {
        Token::Number(number) => *number,
        Token::Word(word) => number_word(word)?,
        Token::Mark(_) => return None,
    };
    let mut at = 1;
    if let Some(Token::Word(word)) = rest.get(at)
        && let Some(scale) = scale(word)
    {
        value *= scale;
        at += 1;
    }
    let (amount, taken) = unit_at(&rest[at..], value).or_else(|| {
        // A million of something that no unit names is still an amount.
        (at > 1).then(|| (Amount::new("count", value), 0))
    })?;
    Some((amount, at + taken))
}

/// The unit that stands here, taken `value` times.
fn unit_at(rest: &[Token], value: f64) -> Option<(Amount, usize)> {
    let word = |at: usize| match rest.get(at) {
        Some(Token::Word(word)) => Some(word.as_str()),
        _ => None,
    };
    let first = word(0)?;
    if matches!(first, "square" | "sq") {
        let at = if rest.get(1) == Some(&Token::Mark('.')) { 2 } else { 1 };
        let side = length(word(at)?)?;
        return Some((Amount::new("area", value * side * side), at + 1));
    }
    if let Some((of, size)) = unit(first) {
        let ratio = (rest.get(1) == Some(&Token::Mark('/'))).then(|| word(2)).flatten();
        return Some(match ratio {
            // A strength is not what is counted, but a changed strength is a changed product.
            Some(below) => (Amount::new(&format!("{first}/{below}"), value), 3),
            None => (Amount::new(of, value * size), 1),
        });
    }
    // "100 usp units", "1 million plaque forming units", "1 billion vector genomes".
    let at = (1..3)
        .find(|&at| word(at).is_some_and(|word| matches!(word, "units" | "genome" | "genomes")))?;
    word(1)?;
    Some((Amount::new("unit", value), at + 1))
}

/// What a unit measures, and how much of the smallest one it is.
fn unit(word: &str) -> Option<(&'static str, f64)> {
    Some(match word {
        "mcg" | "microgram" | "micrograms" | "ug" => ("mass", 1.0),
        "mg" | "mgs" | "milligram" | "milligrams" => ("mass", 1e3),
        "g" | "gm" | "gms" | "gram" | "grams" => ("mass", 1e6),
        "ml" | "cc" | "milliliter" | "milliliters" => ("volume", 1.0),
        "liter" | "liters" => ("volume", 1e3),
        "microcurie" | "microcuries" | "uci" => ("activity", 1.0),
        "millicurie" | "millicuries" | "mci" => ("activity", 1e3),
        "minute" | "minutes" | "min" | "mins" => ("time", 1.0),
        "hour" | "hours" | "hr" | "hrs" => ("time", 60.0),
        "day" | "days" | "diem" => ("day", 1.0),
        "week" | "weeks" => ("week", 1.0),
        "unit" | "units" | "iu" => ("unit", 1.0),
        "meq" | "milliequivalent" | "milliequivalents" => ("meq", 1.0),
        "percent" | "%" => ("percent", 1.0),
        "oz" | "ounce" | "ounces" => ("ounce", 1.0),
        "calorie" | "calories" => ("calorie", 1.0),
        _ => ("length", length(word).filter(|_| word != "in")?),
    })
}

/// A length in millimetres.
fn length(word: &str) -> Option<f64> {
    Some(match word {
        "mm" | "millimeter" | "millimeters" => 1.0,
        "cm" | "centimeter" | "centimeters" => 10.0,
        "in" | "inch" | "inches" => 25.4,
        "foot" | "feet" | "ft" => 304.8,
        "yard" | "yards" => 914.4,
        "mile" | "miles" => 1_609_344.0,
        _ => return None,
    })
}

fn is_counted(noun: &str) -> bool {
    matches!(noun, "dose" | "session" | "month" | "ounce" | "yard" | "mile" | "period" | "visit")
}

fn is_container(noun: &str) -> bool {
    matches!(
        noun,
        "box" | "pack" | "package" | "case" | "carton" | "bag" | "bottle" | "kit" | "roll"
    )
}

fn number_word(word: &str) -> Option<f64> {
    let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let small = (1u8..).zip(words).find(|(_, own)| *own == word).map(|(value, _)| f64::from(value));
    small.or(match word {
        "fifteen" => Some(15.0),
        "twenty" => Some(20.0),
        "thirty" => Some(30.0),
        "sixty" => Some(60.0),
        _ => None,
    })
}

fn scale(word: &str) -> Option<f64> {
    match word {
        "thousand" => Some(1e3),
        "million" => Some(1e6),
        "billion" => Some(1e9),
        _ => None,
    }
}

fn singular(noun: &str) -> &str {
    noun.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(noun)
}

fn is_word(token: Option<&Token>, want: &str) -> bool {
    matches!(token, Some(Token::Word(word)) if word == want)
}

/// "extended half-life" and "standard half-life" are different products.
fn half_life(before: &[Token]) -> Amount {
    let class = match before.last() {
        Some(Token::Word(word)) => word.as_str(),
        _ => "",
    };
    Amount::new(&format!("{class} half-life"), 1.0)
}

/// Whether the words around an amount make a limit of it.
fn bound(before: &[Token], after: &[Token]) -> Bound {
    let words = |tokens: &[Token]| -> String {
        let words = tokens.iter().map(|token| match token {
            Token::Word(word) => word.as_str(),
            _ => "",
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let lead = words(&before[before.len().saturating_sub(2)..]);
    let tail = words(&after[..after.len().min(2)]);
    match (lead.as_str(), tail.as_str()) {
        ("up to" | "less than" | "fewer than", _) | (_, "or less" | "or fewer") => Bound::AtMost,
        ("greater than" | "more than" | "at least", _) | (_, "or more" | "or longer") => {
            Bound::AtLeast
        }
        _ => Bound::Exact,
    }
}

/// Numbers, words and marks of a title in lower case. `1mg`, `30-minute` and
/// `i.u.` come apart as people read them.
fn tokens(title: &str) -> Vec<Token> {
    let title = title.replace("i.u.", "iu").replace("i.u", "iu");
    let mut tokens = Vec::new();
    let mut chars = title.char_indices().peekable();
    while let Some((at, first)) = chars.next() {
        let starts_fraction =
            first == '.' && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if first.is_ascii_digit() || starts_fraction {
            let end =
                run(&mut chars, |mark| mark.is_ascii_digit() || matches!(mark, '.' | ','), at + 1);
            let digits = title[at..end].replace(',', "");
            // "10 mg, 5." and "1,": what ends a sentence is no part of the number.
            tokens.extend(digits.trim_end_matches('.').parse().map(Token::Number).ok());
            if title[at..end].ends_with([',', '.']) {
                tokens.push(Token::Mark(','));
            }
        } else if first.is_alphabetic() {
            let end = run(&mut chars, char::is_alphabetic, at + first.len_utf8());
            tokens.push(Token::Word(title[at..end].to_owned()));
        } else if first == '%' {
            tokens.push(Token::Word("%".to_owned()));
        } else if !first.is_whitespace() && first != '-' {
            tokens.push(Token::Mark(first));
        }
    }
    tokens
}

/// Takes characters of one kind; says where they end.
fn run(
    chars: &mut Peekable<CharIndices<'_>>,
    kind: impl Fn(char) -> bool,
    mut end: usize,
) -> usize {
    while let Some((at, mark)) = chars.next_if(|(_, mark)| kind(*mark)) {
        end = at + mark.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Titles of HCPCS Level II codes and of the codes that replaced them.
    #[test]
    fn amounts_that_changed_are_seen() {
        for (old, new) in [
            ("Injection, rituximab, 100 mg", "Injection, rituximab, 10 mg"),
            ("Injection, argatroban, per 5 mg", "Injection, argatroban, 1 mg (for non-esrd use)"),
            ("Injection, pertuzumab, 10 mg", "Injection, pertuzumab, 1 mg"),
            (
                "Factor xiii (antihemophilic factor, recombinant), tretten, per 10 i.u.",
                "Injection, factor xiii a-subunit, (recombinant), per iu",
            ),
            (
                "Hyaluronan or derivative, durolane, for intra-articular injection, per dose",
                "Hyaluronan or derivative, durolane, for intra-articular injection, 1 mg",
            ),
            (
                "Smoking cessation counseling, greater than 10 minutes",
                "Smoking cessation counseling, up to 10 minutes",
            ),
            ("Skin substitute, per square centimeter", "Skin substitute, per sq. in."),
            ("Factor viii, extended half-life, per iu", "Factor viii, standard half-life, per iu"),
            ("Care management, each 15 minutes", "Care management, each 30 minutes"),
            // Counted in words that no unit names.
            ("Lancets, per box of 100", "Lancets, per box of 50"),
            ("Catheter kit, per 10", "Catheter kit, per 20"),
            ("Supply, 1 month", "Supply, 3 months"),
            ("Dialysis, week", "Dialysis, month"),
            ("Lenses, pair", "Lenses, single"),
            ("Sterile lancets, per box of 100", "Lancets, per box of 50"),
            ("Gauze, 100 per box", "Gauze pads, 200 per box"),
            ("Therapy, quarter hour", "Therapy, half hour"),
            ("Care visit, weekly", "Care visit, daily"),
            ("Hearing aid, monaural", "Hearing aid, binaural"),
            ("Imaging, 2 views", "Imaging, minimum of 4 views"),
            ("Kit, 2 doses", "Kit, 1 dose"),
            ("Imaging, two views", "Imaging, three views"),
            ("Test, 1-5 allergens", "Test, 6 or more allergens"),
        ] {
            assert_eq!(compare(old, new), Units::Changed, "{old} -> {new}");
        }
    }

    #[test]
    fn the_same_amount_in_other_words_is_the_same() {
        for (old, new) in [
            ("Injection, elosulfase alfa, 1mg", "Injection, elosulfase alfa, 1 mg"),
            (
                "Injection, dexamethasone 9%, intraocular, 1 mcg",
                "Injection, dexamethasone 9 percent, intraocular, 1 microgram",
            ),
            (
                "Lutetium lu 177, dotatate, therapeutic, 1 mci",
                "Lutetium lu 177, dotatate, therapeutic, 1 millicurie",
            ),
            (
                "Factor ix, alprolix, per i.u.",
                "Injection, factor ix, fc fusion protein, alprolix, 1 i.u.",
            ),
            (
                "Injection, talimogene laherparepvec, 1 million plaque forming units (pfu)",
                "Injection, talimogene laherparepvec, per 1 million plaque forming units",
            ),
            (
                "Injection, rituximab and hyaluronidase, 10 mg",
                "Injection, rituximab 10 mg and hyaluronidase",
            ),
            ("Injection, 1,000 mg", "Injection, per 1 gm"),
            ("Therapy, 60 minutes", "Therapy, one hour"),
            ("Diagnostic mammography; bilateral", "Mammography of both breasts"),
            (
                "Technetium tc 99m tilmanocept, up to 0.5 millicuries",
                "Technetium tc-99m tilmanocept, up to .5 mCi",
            ),
        ] {
            assert_eq!(compare(old, new), Units::Same, "{old} -> {new}");
        }
    }

    #[test]
    fn an_amount_on_one_side_proves_nothing() {
        for (old, new) in [
            (
                "Garment, belt, sleeve or other covering, elastic, any type, each",
                "Belt, strap, sleeve, garment, or covering, any type",
            ),
            (
                "Injection, hexaminolevulinate hydrochloride, 100 mg, per study dose",
                "Instillation, hexaminolevulinate hydrochloride, 100 mg",
            ),
            (
                "Choline c 11, diagnostic, per study dose",
                "Choline c-11, diagnostic, per study dose up to 20 millicuries",
            ),
            ("Counseling, each additional 30 minutes", "Counseling, 30 minutes"),
            ("Screening", "Screening, per session"),
        ] {
            assert_eq!(compare(old, new), Units::Unknown, "{old} -> {new}");
        }
    }

    #[test]
    fn numbers_that_are_no_amounts_are_passed_over() {
        for title in [
            "Iodine i-131 scan",
            "C-1 esterase",
            "2-view study of each breast",
            "Wheelchair, 3-in-1",
            "",
        ] {
            assert_eq!(amounts(title), [], "{title}");
        }
    }
}
