//! What a column is, by its whole name.
//!
//! Never by a bare prefix or suffix: `hcpcs*` would catch thousands of
//! modifiers, `*_source_value` persons and visits. Names come from the CMS
//! research files (RIF, SynPUF), Tuva, OMOP, PCORnet, Sentinel, i2b2, the CMS
//! price-transparency files and everyday spreadsheets.

use super::cell::Field;
use crate::error::Error;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Codes.
    Code(Codes),
    /// The version or type of the codes of a whole file.
    System(Option<Field>),
    /// A day.
    Day(Day),
    /// The class of the claim.
    Class(ClassCell),
    /// The claim's number; lower rank is preferred.
    Claim(u8),
    /// The payer; lower rank is preferred.
    Payer(u8),
    /// The patient's day of birth.
    Birth,
    /// The patient's age in years.
    Age,
    /// A description of the code beside it.
    Description,
    /// The revenue centre: tells HIPPS codes from HCPCS, and the total line of a bill.
    RevenueCentre,
}

/// What kind of codes a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// Diagnoses of the claim.
    Diagnosis,
    /// The diagnosis of one line.
    LineDiagnosis,
    /// ICD-9 diagnoses, by name.
    Icd9Diagnosis,
    /// ICD-9 procedures, by name.
    Icd9Procedure,
    /// ICD procedures of a stay, with their number (0 where there is none).
    IcdProcedure(u16),
    /// Procedures of a claim line: CPT or HCPCS, by shape.
    ClaimLine,
    /// Procedures of either kind, with their number: the values tell.
    Procedure(u16),
    /// Codes of any system.
    Any,
}

/// What day a date column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// The day of service of the line or the encounter.
    Line,
    /// The first day of the claim.
    From,
    /// The last day of the claim.
    Through,
    /// The day of discharge.
    Discharge,
    /// The day of the ICD procedure of that number.
    Procedure(u16),
    /// The day of admission: known, so that it never judges.
    Admission,
}

/// A column that tells the class of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassCell {
    /// NCH claim type.
    ClaimType,
    /// Type of bill.
    BillType,
    /// First digit of the type of bill (RIF).
    Facility,
    /// Second digit of the type of bill (RIF).
    Service,
}

/// A name as it is compared: lower case, blanks and punctuation to `_`.
pub fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '|' => {
                out.truncate(out.trim_end_matches('_').len());
                out.push('|');
            }
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ if out.is_empty() || out.ends_with(['_', '|']) => {}
            _ => out.push('_'),
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// Patterns of names: `#` is one number, `*` a number or nothing.
const CODES: &[(&str, Codes)] = &[
    ("icd_dgns_cd#", Codes::Diagnosis),
    ("prncpal_dgns_cd", Codes::Diagnosis),
    ("admtg_dgns_cd", Codes::Diagnosis),
    ("icd_dgns_e_cd*", Codes::Diagnosis),
    ("fst_dgns_e_cd", Codes::Diagnosis),
    ("rsn_visit_cd#", Codes::Diagnosis),
    ("line_icd_dgns_cd", Codes::LineDiagnosis),
    ("icd9_dgns_cd_#", Codes::Icd9Diagnosis),
    ("admtng_icd9_dgns_cd", Codes::Icd9Diagnosis),
    ("line_icd9_dgns_cd_#", Codes::Icd9Diagnosis),
    ("icd9code", Codes::Icd9Diagnosis),
    ("icd9_prcdr_cd_#", Codes::Icd9Procedure),
    ("diagnosis_code", Codes::Diagnosis),
    ("diagnosis_code_#", Codes::Diagnosis),
    ("diagnosis*", Codes::Diagnosis),
    ("dx*", Codes::Diagnosis),
    ("dx_#", Codes::Diagnosis),
    ("dx_code", Codes::Diagnosis),
    ("dx_code_#", Codes::Diagnosis),
    ("principal_dx", Codes::Diagnosis),
    ("primary_dx", Codes::Diagnosis),
    ("secondary_dx*", Codes::Diagnosis),
    ("secondary_dx_#", Codes::Diagnosis),
    ("admitting_dx", Codes::Diagnosis),
    ("admit_dx", Codes::Diagnosis),
    ("principal_diagnosis", Codes::Diagnosis),
    ("principal_diagnosis_code", Codes::Diagnosis),
    ("primary_diagnosis", Codes::Diagnosis),
    ("primary_diagnosis_code", Codes::Diagnosis),
    ("secondary_diagnosis*", Codes::Diagnosis),
    ("secondary_diagnosis_#", Codes::Diagnosis),
    ("admitting_diagnosis", Codes::Diagnosis),
    ("admitting_diagnosis_code", Codes::Diagnosis),
    ("icd10", Codes::Diagnosis),
    ("icd10_code", Codes::Diagnosis),
    ("icd_10", Codes::Diagnosis),
    ("icd_10_code", Codes::Diagnosis),
    ("icd_10_cm", Codes::Diagnosis),
    ("condition_source_value", Codes::Diagnosis),
    ("icd_prcdr_cd#", Codes::IcdProcedure(0)),
    ("icd_code", Codes::Any),
    ("concept_cd", Codes::Any),
    ("code|#", Codes::Any),
    ("procedure_source_value", Codes::Procedure(0)),
    ("procedure_code", Codes::Procedure(0)),
    ("procedure_code_#", Codes::Procedure(0)),
    ("px", Codes::Procedure(0)),
    ("hcpcs", Codes::ClaimLine),
    ("hcpcs_#", Codes::ClaimLine),
    ("hcpcs_cd", Codes::ClaimLine),
    ("hcpcs_cd_#", Codes::ClaimLine),
    ("hcpcs_code", Codes::ClaimLine),
    ("hcpcs_code_#", Codes::ClaimLine),
    ("cpt*", Codes::ClaimLine),
    ("cpt_#", Codes::ClaimLine),
    ("cpt_cd*", Codes::ClaimLine),
    ("cpt_cd_#", Codes::ClaimLine),
    ("cpt_code*", Codes::ClaimLine),
    ("cpt_code_#", Codes::ClaimLine),
    ("cpt_hcpcs", Codes::ClaimLine),
    ("hcpcs_cpt", Codes::ClaimLine),
];

const OTHERS: &[(&str, Role)] = &[
    ("icd_version", Role::System(None)),
    ("diagnosis_code_type", Role::System(Some(Field::Diagnosis))),
    ("procedure_code_type", Role::System(Some(Field::Procedure))),
    ("dx_type", Role::System(Some(Field::Diagnosis))),
    ("dx_codetype", Role::System(Some(Field::Diagnosis))),
    ("px_type", Role::System(Some(Field::Procedure))),
    ("px_codetype", Role::System(Some(Field::Procedure))),
    ("code_type", Role::System(None)),
    ("version", Role::System(None)),
    ("dos", Role::Day(Day::Line)),
    ("date_of_service", Role::Day(Day::Line)),
    ("service_date", Role::Day(Day::Line)),
    ("svc_date", Role::Day(Day::Line)),
    ("line_start_date", Role::Day(Day::Line)),
    ("claim_line_start_date", Role::Day(Day::Line)),
    ("line_1st_expns_dt", Role::Day(Day::Line)),
    ("rev_cntr_dt", Role::Day(Day::Line)),
    // Synthea and some exports write their headings without a break.
    ("servicedate", Role::Day(Day::Line)),
    ("dateofservice", Role::Day(Day::Line)),
    ("svcdate", Role::Day(Day::Line)),
    ("encounterdate", Role::Day(Day::Line)),
    ("visitdate", Role::Day(Day::Line)),
    ("fromdate", Role::Day(Day::From)),
    ("throughdate", Role::Day(Day::Through)),
    ("thrudate", Role::Day(Day::Through)),
    ("todate", Role::Day(Day::Through)),
    ("dischargedate", Role::Day(Day::Discharge)),
    ("admissiondate", Role::Day(Day::Admission)),
    ("admitdate", Role::Day(Day::Admission)),
    ("claimid", Role::Claim(0)),
    ("encounter_date", Role::Day(Day::Line)),
    ("visit_date", Role::Day(Day::Line)),
    ("from_date", Role::Day(Day::From)),
    ("claim_start_date", Role::Day(Day::From)),
    ("clm_from_dt", Role::Day(Day::From)),
    ("to_date", Role::Day(Day::Through)),
    ("service_from_date", Role::Day(Day::From)),
    ("service_to_date", Role::Day(Day::Through)),
    ("service_through_date", Role::Day(Day::Through)),
    ("statement_from_date", Role::Day(Day::From)),
    ("statement_to_date", Role::Day(Day::Through)),
    ("statement_through_date", Role::Day(Day::Through)),
    ("through_date", Role::Day(Day::Through)),
    ("thru_date", Role::Day(Day::Through)),
    ("claim_end_date", Role::Day(Day::Through)),
    ("clm_thru_dt", Role::Day(Day::Through)),
    ("discharge_date", Role::Day(Day::Discharge)),
    ("nch_bene_dschrg_dt", Role::Day(Day::Discharge)),
    ("prcdr_dt#", Role::Day(Day::Procedure(0))),
    ("procedure_date_#", Role::Day(Day::Procedure(0))),
    ("admission_date", Role::Day(Day::Admission)),
    ("admit_date", Role::Day(Day::Admission)),
    ("clm_admsn_dt", Role::Day(Day::Admission)),
    ("nch_clm_type_cd", Role::Class(ClassCell::ClaimType)),
    ("bill_type_code", Role::Class(ClassCell::BillType)),
    ("bill_type", Role::Class(ClassCell::BillType)),
    ("type_of_bill", Role::Class(ClassCell::BillType)),
    ("tob", Role::Class(ClassCell::BillType)),
    ("clm_fac_type_cd", Role::Class(ClassCell::Facility)),
    ("clm_srvc_clsfctn_type_cd", Role::Class(ClassCell::Service)),
    ("claim_id", Role::Claim(0)),
    ("clm_id", Role::Claim(1)),
    ("claim_number", Role::Claim(2)),
    ("encounter_id", Role::Claim(3)),
    ("account", Role::Claim(4)),
    ("acct", Role::Claim(5)),
    ("payer", Role::Payer(0)),
    ("payer_id", Role::Payer(1)),
    ("insurance", Role::Payer(2)),
    ("plan", Role::Payer(3)),
    ("birth_date", Role::Birth),
    ("birthdate", Role::Birth),
    ("date_of_birth", Role::Birth),
    ("dob", Role::Birth),
    ("dob_dt", Role::Birth),
    ("bene_birth_dt", Role::Birth),
    ("age", Role::Age),
    ("patient_age", Role::Age),
    ("description", Role::Description),
    ("charge_description", Role::Description),
    ("rev_cntr", Role::RevenueCentre),
    ("rev_cntr_cd", Role::RevenueCentre),
    ("rev_code", Role::RevenueCentre),
    ("rev_cd", Role::RevenueCentre),
    ("revcode", Role::RevenueCentre),
    ("revenue_code", Role::RevenueCentre),
    ("revenue_cd", Role::RevenueCentre),
    ("revenue_center", Role::RevenueCentre),
    ("revenue_center_code", Role::RevenueCentre),
    ("revenue_centre", Role::RevenueCentre),
    ("revenue_centre_code", Role::RevenueCentre),
];

/// Columns that tell patients and members apart.
const PERSONS: [&str; 46] = [
    "patient",
    "patient_id",
    "patientid",
    "patient_no",
    "patient_number",
    "patient_name",
    "patient_account",
    "patient_account_number",
    "pat_id",
    "patid",
    "pat_name",
    "mrn",
    "medical_record_number",
    "med_rec_num",
    "chart_no",
    "chart_number",
    "member",
    "member_id",
    "memberid",
    "member_no",
    "member_number",
    "member_name",
    "bene_id",
    "beneficiary_id",
    "beneficiary",
    "desynpuf_id",
    "mbi",
    "mbi_id",
    "hic",
    "hicn",
    "person_id",
    "personid",
    "person_source_value",
    "subscriber_id",
    "subscriberid",
    "subscriber_name",
    "insured_id",
    "insured_name",
    "guarantor_id",
    "ssn",
    "social_security_number",
    "first_name",
    "last_name",
    "full_name",
    "email",
    "phone",
];

/// Whether a column tells claims or persons apart, by its name.
pub fn is_of_one(name: &str) -> bool {
    let is_number = matches!(role(name), Some(Role::Claim(_) | Role::Birth));
    is_number || PERSONS.contains(&normalise(name).as_str())
}

/// Why records are not counted by the values of a column: a list of them would be a list
/// of claims or patients.
pub fn identifies(name: &str, what: &str) -> Error {
    Error::refused(format!("--group-by: column `{}` {what}", name.trim()))
        .hint("count by a payer, a clinic, a provider or a plan; what identifies claims and patients belongs into --key")
}

/// What the column of this name holds; `None` where the name says nothing.
pub fn role(name: &str) -> Option<Role> {
    let name = normalise(name);
    if let Some((codes, number)) =
        CODES.iter().find_map(|&(pattern, codes)| Some((codes, matches(pattern, &name)?)))
    {
        return Some(Role::Code(codes.numbered(number)));
    }
    let (role, number) =
        OTHERS.iter().find_map(|&(pattern, role)| Some((role, matches(pattern, &name)?)))?;
    Some(match role {
        Role::Day(Day::Procedure(_)) => Role::Day(Day::Procedure(number)),
        role => role,
    })
}

/// Whether a column of no known name may hold codes, as far as its name tells: a word for
/// them and none for what stands beside them.
pub fn may_hold_codes(name: &str) -> bool {
    const CODES: [&str; 12] = [
        "dx",
        "diag",
        "diagnosis",
        "diagnoses",
        "dgns",
        "icd",
        "icd10cm",
        "icd10pcs",
        "cpt",
        "hcpcs",
        "px",
        "prcdr",
    ];
    const BESIDE: [&str; 44] = [
        "poa",
        "desc",
        "description",
        "name",
        "title",
        "text",
        "label",
        "type",
        "codetype",
        "version",
        "vrsn",
        "ver",
        "date",
        "dt",
        "day",
        "days",
        "yr",
        "year",
        "time",
        "mod",
        "modifier",
        "modifiers",
        "mdfr",
        "count",
        "cnt",
        "num",
        "number",
        "flag",
        "ind",
        "sw",
        "seq",
        "sequence",
        "rank",
        "order",
        "qualifier",
        "qual",
        "pointer",
        "ptr",
        "id",
        "group",
        "category",
        "ratio",
        "source",
        "hipps",
    ];
    let name = normalise(name);
    let words = || name.split('_').map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    let has = |list: &[&str]| words().any(|word| list.contains(&word));
    has(&CODES) && !has(&BESIDE)
}

impl Codes {
    fn numbered(self, number: u16) -> Codes {
        match self {
            Codes::IcdProcedure(_) => Codes::IcdProcedure(number),
            Codes::Procedure(_) => Codes::Procedure(number),
            other => other,
        }
    }

    /// Whether it is the line that has these codes, and not the claim.
    pub fn is_of_the_line(self) -> bool {
        matches!(self, Codes::LineDiagnosis | Codes::ClaimLine | Codes::Any)
    }

    /// Diagnoses or procedures, where the name tells.
    pub fn field(self) -> Option<Field> {
        match self {
            Codes::Diagnosis | Codes::LineDiagnosis | Codes::Icd9Diagnosis => {
                Some(Field::Diagnosis)
            }
            Codes::Icd9Procedure
            | Codes::IcdProcedure(_)
            | Codes::ClaimLine
            | Codes::Procedure(_) => Some(Field::Procedure),
            Codes::Any => None,
        }
    }
}

/// The name of the version or type column of one code column, normalised.
pub fn twin_of(name: &str) -> Option<String> {
    let name = normalise(name);
    if name.starts_with("code|") {
        return Some(format!("{name}|type"));
    }
    // PRNCPAL_DGNS_CD -> PRNCPAL_DGNS_VRSN_CD, ICD_DGNS_CD3 -> ICD_DGNS_VRSN_CD3.
    let at = name.rfind("_cd")?;
    Some(format!("{}_vrsn{}", &name[..at], &name[at..]))
}

/// The number that `#` or `*` stands for, 0 for none; `None` where it does not match.
fn matches(pattern: &str, name: &str) -> Option<u16> {
    let Some(at) = pattern.find(['#', '*']) else { return (pattern == name).then_some(0) };
    let (stem, tail) = (&pattern[..at], &pattern[at + 1..]);
    let middle = name.strip_prefix(stem)?.strip_suffix(tail)?;
    if middle.is_empty() {
        return pattern.contains('*').then_some(0);
    }
    if middle.bytes().all(|byte| byte.is_ascii_digit()) { middle.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_columns_by_whole_name() {
        for (name, want) in [
            ("ICD_DGNS_CD12", Codes::Diagnosis),
            ("dx1", Codes::Diagnosis),
            ("Diagnosis", Codes::Diagnosis),
            ("diagnosis_code_25", Codes::Diagnosis),
            ("HCPCS_CD", Codes::ClaimLine),
            ("hcpcs_cd_45", Codes::ClaimLine),
            ("CPT Code", Codes::ClaimLine),
            ("cpt_2", Codes::ClaimLine),
            ("ICD_PRCDR_CD3", Codes::IcdProcedure(3)),
            ("procedure_code_2", Codes::Procedure(2)),
            ("code | 1", Codes::Any),
        ] {
            assert_eq!(role(name), Some(Role::Code(want)), "{name}");
        }
    }

    #[test]
    fn what_only_looks_like_a_code_column_is_none() {
        for name in [
            "HCPCS_1ST_MDFR_CD",
            "HCPCS_MODIFIER_1",
            "REV_CNTR_APC_HIPPS_CD",
            "CODE",
            "ICD_DGNS_VRSN_CD1",
            "CLM_POA_IND_SW1",
            "person_source_value",
            "CD_DGNS_CD22",
            "dx_poa",
            "LINE_HCPCS_MODIFIER",
        ] {
            assert!(!matches!(role(name), Some(Role::Code(_))), "{name}");
        }
    }

    #[test]
    fn a_name_that_may_be_one_of_codes_is_seen() {
        for name in ["PrimaryDx2", "ICD10CM", "admit diagnosis text", "dx1 poa", "CD_DGNS_CD22"] {
            let want = matches!(name, "ICD10CM" | "CD_DGNS_CD22");
            assert_eq!(may_hold_codes(name), want, "{name}");
        }
        for name in
            ["other_dx_7", "final diagnosis", "ICD Proc", "billed_cpt", "CPT Number", "px_date"]
        {
            let want = !matches!(name, "CPT Number" | "px_date");
            assert_eq!(may_hold_codes(name), want, "{name}");
        }
    }

    #[test]
    fn version_twins() {
        assert_eq!(twin_of("ICD_DGNS_CD3").as_deref(), Some("icd_dgns_vrsn_cd3"));
        assert_eq!(twin_of("PRNCPAL_DGNS_CD").as_deref(), Some("prncpal_dgns_vrsn_cd"));
        assert_eq!(twin_of("code|1").as_deref(), Some("code|1|type"));
        assert_eq!(twin_of("dx1"), None);
    }
}
