//! Whose the amounts of a column are, by its whole name: a line's, or those of the
//! claim, repeated on each of its lines.

use super::columns::normalise;
use crate::record::money::Whose;

/// Columns of amounts that repeat the whole claim's on each of its lines: CMS research files,
/// CCLF, SynPUF, the elements of an 837 (CLM02), Synthea, everyday spreadsheets.
const CLAIM_TOTALS: [&str; 36] = [
    "clm_tot_chrg_amt",
    "clm_pmt_amt",
    "clm_mdcr_instnl_tot_chrg_amt",
    "clm_prvdr_pmt_amt",
    "nch_carr_clm_sbmtd_chrg_amt",
    "nch_carr_clm_alowd_amt",
    "nch_clm_prvdr_pmt_amt",
    "nch_clm_bene_pmt_amt",
    "nch_prmry_pyr_clm_pd_amt",
    "carr_clm_prmry_pyr_pd_amt",
    "carr_clm_cash_ddctbl_apld_amt",
    "clm_amt",
    "clm_tot",
    "clm_tot_amt",
    "clm_total",
    "claim_amount",
    "claim_amt",
    "claim_charge",
    "claim_charges",
    "claim_charge_amount",
    "claim_billed_amount",
    "claim_paid_amount",
    "claim_total",
    "claim_total_amount",
    "claim_total_amt",
    "claim_total_billed",
    "claim_total_charge",
    "claim_total_charges",
    "claim_total_charge_amount",
    "total_claim_amount",
    "total_claim_charge",
    "total_claim_charges",
    "total_claim_charge_amount",
    "total_claim_cost",
    "total_claim_billed",
    "claim_total_cost",
];

/// Columns of amounts that are each line's own: CMS research files, CCLF, the elements of an
/// 837 (SV102, SV203), Tuva, everyday spreadsheets. `total_charges` is none of either: on a
/// UB-04 it is the line's, on a CMS-1500 the claim's.
const LINE_AMOUNTS: [&str; 25] = [
    "charge",
    "charges",
    "charge_amount",
    "charge_amt",
    "clm_line_alowd_chrg_amt",
    "clm_line_cvrd_pd_amt",
    "clm_line_sbmtd_chrg_amt",
    "line_alowd_chrg_amt",
    "line_amount",
    "line_amt",
    "line_billed_amount",
    "line_charge",
    "line_charges",
    "line_charge_amount",
    "line_charge_amt",
    "line_item_charge_amount",
    "line_nch_pmt_amt",
    "line_prvdr_pmt_amt",
    "line_sbmtd_chrg_amt",
    "line_total",
    "rev_cntr_ncvrd_chrg_amt",
    "rev_cntr_pmt_amt_amt",
    "rev_cntr_tot_chrg_amt",
    "service_line_charge",
    "service_line_charge_amount",
];

/// Whose the amounts of a column are, by its usual name; nothing where that says neither.
pub fn whose_amounts(name: &str) -> Option<Whose> {
    let name = normalise(name);
    if CLAIM_TOTALS.contains(&name.as_str()) {
        return Some(Whose::Claim);
    }
    LINE_AMOUNTS.contains(&name.as_str()).then_some(Whose::Lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_whose_an_amount_is_or_do_not() {
        for name in ["CLM_TOT_CHRG_AMT", "claim_total", "Total Claim Charge Amount"] {
            assert_eq!(whose_amounts(name), Some(Whose::Claim), "{name}");
        }
        for name in ["charge", "REV_CNTR_TOT_CHRG_AMT", "Line Charge"] {
            assert_eq!(whose_amounts(name), Some(Whose::Lines), "{name}");
        }
        for name in ["total", "total_charges", "amount", "billed"] {
            assert_eq!(whose_amounts(name), None, "{name}");
        }
    }
}
