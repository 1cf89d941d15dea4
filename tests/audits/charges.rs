//! What was billed on affected claims: to the cent, and only what is known.

use crate::common::{audit, folder, put};
use crate::json;
use serde_json::Value;

/// A claim's lines may stand apart; those that hold no bad code are billed on it too.
#[test]
fn a_claim_is_billed_once_with_all_its_lines() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "claim_id,dos,dx1,charge\n\
         A,2024-10-02,I10,\"1,000.10\"\n\
         B,2024-10-02,I10,50\n\
         A,2024-10-02,E88.81,$0.20\n\
         A,2024-10-02,E88.81,n/a\n\
         A,2024-10-02,I10,\n\
         C,2024-10-02,I10,x\n",
    );
    let told = json(&[&records], &["--amount-column", "charge"]);
    let charges = &told["charges"];
    assert_eq!(charges["affected"], "1000.30");
    assert_eq!((&charges["claims"], &charges["read"]), (&1.into(), &2.into()));
    // Only what stands on affected claims counts: the x of claim C is nobody's concern.
    assert_eq!((&charges["unreadable"], &charges["absent"]), (&1.into(), &1.into()));
    assert_eq!(charges["first_unreadable"]["line"], 5);
    let text = audit(&[&records], &["--amount-column", "charge"]).well().stdout;
    assert!(text.contains("Billed charges on affected claims: 1,000.30 on 1 claim"), "{text}");
    assert!(text.contains("1 could not be read and are not in the sum"), "{text}");
    assert!(text.contains("records.csv:5"), "{text}");
    assert!(text.contains("1 lines have none"), "{text}");
    assert!(!text.contains("n/a"), "{text}");
}

#[test]
fn charges_of_which_none_can_be_read_are_not_nothing() {
    let folder = folder();
    let table = "dos,dx1,charge\n2024-10-02,E88.81,\"four\nfifty\"\n";
    let records = put(folder.path(), "records.csv", table);
    let options = ["--amount-column", "charge", "--group-by", "charge"];
    let text = audit(&[&records], &options).well().stdout;
    assert!(text.contains("Billed charges on affected claims: NOT KNOWN on 1 claim"), "{text}");
    assert!(text.contains("became_header 1; billed NOT KNOWN"), "{text}");
    assert!(text.contains("  four↵fifty "), "{text}");
}

#[test]
fn without_a_claim_number_a_record_is_a_claim() {
    let folder = folder();
    let table =
        "dos,dx1,charge\n2024-10-02,E88.81,1.10\n2024-10-02,I10,7\n2024-10-02,E88.81,2.20\n";
    let records = put(folder.path(), "records.csv", table);
    let told = json(&[&records], &["--amount-column", "charge"]);
    assert_eq!((&told["charges"]["affected"], &told["claims"]), (&"3.30".into(), &2.into()));
}

#[test]
fn a_total_that_stands_on_every_line_is_taken_once_or_warned_of() {
    let folder = folder();
    let rows = |name: &str| {
        let lines: String =
            (0..6).map(|at| format!("C{at},2024-10-02,E88.81,10.00\n").repeat(2)).collect();
        format!("claim_id,dos,dx1,{name}\n{lines}")
    };
    let known = put(folder.path(), "known.csv", rows("CLM_TOT_CHRG_AMT"));
    let told = json(&[&known], &["--amount-column", "CLM_TOT_CHRG_AMT"]);
    assert_eq!(told["charges"]["affected"], "60.00");
    let unknown = put(folder.path(), "unknown.csv", rows("total"));
    let told = json(&[&unknown], &["--amount-column", "total"]);
    assert_eq!(told["charges"]["affected"], "120.00");
    assert_eq!(told["charges"]["look_like_totals"], true);
    let text = audit(&[&unknown], &["--amount-column", "total"]).well().stdout;
    assert!(text.contains("look again: every claim of several lines"), "{text}");
}

/// Of a research file the line of revenue centre 0001 is the total of the others; where
/// it stands alone it is all there is.
#[test]
fn the_total_line_of_a_bill_is_not_billed_twice() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "CLM_ID,CLM_FROM_DT,CLM_THRU_DT,ICD_DGNS_CD1,REV_CNTR,REV_CNTR_TOT_CHRG_AMT\n\
         A,2024-10-02,2024-10-02,E8881,0300,10.00\n\
         A,2024-10-02,2024-10-02,E8881,0450,5.50\n\
         A,2024-10-02,2024-10-02,E8881,0001,15.50\n\
         B,2024-10-02,2024-10-02,E8881,0001,7.00\n",
    );
    let told = json(&[&records], &["--amount-column", "REV_CNTR_TOT_CHRG_AMT"]);
    assert_eq!(told["charges"]["affected"], "22.50");
}

/// An unquoted `1,234.50` was read as `1.00`.
#[test]
fn the_amount_of_a_row_with_too_many_cells_is_not_taken() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "claim_id,dos,dx1,charge\nA,2024-10-02,E88.81,1,234.50\nB,2024-10-02,E88.81,10.00,\n",
    );
    let charges = &json(&[&records], &["--amount-column", "charge"])["charges"];
    // Empty cells behind the last column make no other row of it.
    assert_eq!(charges["affected"], "10.00");
    assert_eq!((&charges["unreadable"], &charges["ragged"]), (&1.into(), &1.into()));
    assert_eq!((&charges["unknown"], &charges["claims"]), (&1.into(), &2.into()));
    assert_eq!(charges["first_unreadable"]["line"], 2);
    let text = audit(&[&records], &["--amount-column", "charge"]).well().stdout;
    assert!(text.contains("rows with more cells than the header are not taken (1)"), "{text}");
    assert!(text.contains("not the whole sum: nothing is known of 1 claim\n"), "{text}");
}

/// Its cells may be another column's, and those of a column of patients.
#[test]
fn a_row_with_too_many_cells_is_counted_under_no_value() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "dos,dx1,charge,clinic,patient\n2024-10-02,E88.81,1,234.50,North,Doe\n2024-10-02,E88.81,1.00,North,Doe\n",
    );
    let told = json(&[&records], &["--group-by", "clinic"]);
    let values = told["groups"][0]["values"].as_array().unwrap();
    let values: Vec<&Value> = values.iter().map(|value| &value["value"]).collect();
    assert_eq!(values, ["", "North"]);
}

/// What is not known was printed as 0.00 in every slice.
#[test]
fn a_sum_says_of_how_many_claims_it_is() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "claim_id,dos,dx1,clinic,charge\n\
         A,2024-10-02,E88.81,North,10.00\n\
         A,2024-10-02,E88.81,North,\n\
         B,2024-10-02,E88.81,North,n/a\n\
         C,2024-10-02,E88.81,South,\n\
         D,2024-10-02,E88.81,East,5.00\n\
         E,2024-10-02,I10,West,\n",
    );
    let options = ["--amount-column", "charge", "--group-by", "clinic"];
    let told = json(&[&records], &options);
    let charges = &told["charges"];
    assert_eq!(charges["affected"], "15.00");
    assert_eq!((&charges["unknown"], &charges["in_part"]), (&2.into(), &1.into()));
    let of = |clinic: &str| {
        let values = told["groups"][0]["values"].as_array().unwrap();
        let own = values.iter().find(|value| value["value"] == clinic).unwrap();
        [&own["charges"], &own["charges_unknown"], &own["charges_in_part"]].map(Value::to_string)
    };
    assert_eq!(of("North"), ["\"10.00\"", "1", "1"]);
    assert_eq!(of("South"), ["null", "1", "0"]);
    assert_eq!(of("East"), ["\"5.00\"", "0", "0"]);
    // Nothing is affected there, so nothing was billed on it.
    assert_eq!(of("West"), ["\"0.00\"", "0", "0"]);
    let text = audit(&[&records], &options).well().stdout;
    assert!(
        text.contains("not the whole sum: nothing is known of 2 claims, only a part of 1 claim\n"),
        "{text}"
    );
    let north = "billed 10.00 (nothing is known of 1 claim, only a part of 1 claim)\n";
    assert!(text.contains(north), "{text}");
    assert!(text.contains("became_header 1; billed NOT KNOWN\n"), "{text}");
    assert!(text.contains("became_header 1; billed 5.00\n"), "{text}");
}

/// The first of differing totals was taken in silence.
#[test]
fn totals_of_a_claim_that_differ_are_not_taken() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "claim_id,dos,dx1,claim_total_charge\n\
         A,2024-10-02,E88.81,10.00\n\
         A,2024-10-02,E88.81,12.00\n\
         B,2024-10-02,E88.81,7.00\n\
         C,2024-10-02,E88.81,1.00\n\
         B,2024-10-02,E88.81,\n\
         C,2024-10-02,E88.81,2.00\n",
    );
    let charges = &json(&[&records], &["--amount-column", "claim_total_charge"])["charges"];
    assert_eq!(charges["affected"], "7.00");
    assert_eq!((&charges["differing"], &charges["unknown"]), (&2.into(), &2.into()));
    // A total may stand on one row alone.
    assert_eq!(charges["in_part"], 0);
    let text = audit(&[&records], &["--amount-column", "claim_total_charge"]).well().stdout;
    assert!(text.contains("the totals on the lines of 2 claims differ"), "{text}");
}

/// A known total was said to look like one.
#[test]
fn a_known_total_may_repeat_itself() {
    let folder = folder();
    let lines: String =
        (0..6).map(|at| format!("C{at},2024-10-02,E88.81,10.00\n").repeat(2)).collect();
    let table = format!("claim_id,dos,dx1,CLM_TOT_CHRG_AMT\n{lines}");
    let records = put(folder.path(), "known.csv", table);
    let told = json(&[&records], &["--amount-column", "CLM_TOT_CHRG_AMT"]);
    assert_eq!(told["charges"]["look_like_totals"], false);
    let text = audit(&[&records], &["--amount-column", "CLM_TOT_CHRG_AMT"]).well().stdout;
    assert!(!text.contains("look again"), "{text}");
}

/// A total line behind the rows of other claims was added to the lines, and one of a list
/// that is no research file was not known.
#[test]
fn a_total_line_is_known_by_its_column_wherever_it_stands() {
    let folder = folder();
    for name in ["rev_cntr", "Revenue Code", "rev_code", "revenue_center_code"] {
        let table = format!(
            "claim_id,dos,dx1,{name},charge\n\
             A,2024-10-02,E88.81,0300,10.00\n\
             A,2024-10-02,E88.81,0450,5.50\n\
             B,2024-10-02,E88.81,0001,7.00\n\
             A,2024-10-02,E88.81,0001,15.50\n"
        );
        let records = put(folder.path(), "records.csv", table);
        let charges = &json(&[&records], &["--amount-column", "charge"])["charges"];
        assert_eq!(charges["affected"], "22.50", "{name}");
        assert_eq!(charges["unknown"], 0);
    }
}

/// The codes beside revenue centres 0022 to 0024 are those of HIPPS.
#[test]
fn a_code_of_hipps_is_none_of_hcpcs_in_any_list() {
    let folder = folder();
    let table =
        "claim_id,dos,hcpcs,revenue_code\nA,2025-02-02,1BGP1,0022\nA,2025-02-02,J9999,0636\n";
    let records = put(folder.path(), "records.csv", table);
    assert_eq!(json(&[&records], &[])["sites"], 1);
}

fn charges_of(rows: &str, options: &[&str]) -> Value {
    let folder = folder();
    let records = put(folder.path(), "r.csv", format!("claim_id;dos;dx1;charge\n{rows}"));
    json(&[&records], &[&["--amount-column", "charge"], options].concat())["charges"].take()
}

/// `1,234` was read as 1234.00 beside `12,50`.
#[test]
fn an_amount_that_its_column_makes_ambiguous_is_not_known() {
    let bad = "A;2024-10-02;E88.81;1,234\nB;2024-10-02;E88.81;12.000\nC;2024-10-02;E88.81;80\n";
    // The amount that shows the convention may stand on a claim that is not affected.
    for other in ["12,50", "1.234,50", "0,500", "1.234.567"] {
        let told = charges_of(&format!("{bad}D;2024-10-02;I10;{other}\n"), &[]);
        assert_eq!((&told["affected"], &told["unknown"]), (&"80.00".into(), &2.into()), "{other}");
        assert_eq!((&told["ambiguous"], &told["unreadable"]), (&2.into(), &2.into()));
        assert_eq!(told["first_unreadable"]["line"], 2);
    }
    // Both kinds in one column: the one that can be read is, the other two are not.
    let both =
        charges_of(&format!("{bad}D;2024-10-02;E88.81;1,234.50\nE;2024-10-02;I10;1,5\n"), &[]);
    assert_eq!((&both["affected"], &both["ambiguous"]), (&"1314.50".into(), &2.into()));
    // A row that is left out belongs to the column, and one of whose cells nobody knows does not.
    let only = charges_of(&format!("{bad}D;2024-10-02;I10;12,50\n"), &["--only", "dx1=E88.81"]);
    assert_eq!(only["ambiguous"], 2);
    let ragged = charges_of(&format!("{bad}D;2024-10-02;I10;12,50;x\n"), &[]);
    assert_eq!(ragged["affected"], "1326.00");
}

#[test]
fn thousands_are_thousands_where_the_column_shows_points_and_else_it_is_said() {
    let bad = "A;2024-10-02;E88.81;1,234\n";
    let points = charges_of(&format!("{bad}B;2024-10-02;I10;12.50\n"), &[]);
    assert_eq!((&points["affected"], &points["assumed"]), (&"1234.00".into(), &0.into()));
    let nothing = charges_of(bad, &[]);
    assert_eq!((&nothing["affected"], &nothing["assumed"]), (&"1234.00".into(), &1.into()));
    let folder = folder();
    let records = put(folder.path(), "r.csv", format!("claim_id;dos;dx1;charge\n{bad}"));
    let text = audit(&[&records], &["--amount-column", "charge"]).well().stdout;
    assert!(
        text.contains("look again: amounts such as 1,234 are taken for thousands (1)"),
        "{text}"
    );
    let records = put(
        folder.path(),
        "r.csv",
        format!("claim_id;dos;dx1;charge\n{bad}B;2024-10-02;I10;1,5\n"),
    );
    let text = audit(&[&records], &["--amount-column", "charge"]).well().stdout;
    assert!(text.contains("affected claims: NOT KNOWN on 1 claim"), "{text}");
    assert!(
        text.contains("look again: amounts such as 1,234 and 12.000 are not taken (1)"),
        "{text}"
    );
}

/// Lines, totals and total lines alike, wherever they stand.
#[test]
fn an_ambiguous_total_is_not_taken_either() {
    let folder = folder();
    let rows =
        "A,2024-10-02,E88.81,\"1,234\"\nB,2024-10-02,I10,\"1,5\"\nA,2024-10-02,E88.81,1234\n";
    let records = put(folder.path(), "r.csv", format!("claim_id,dos,dx1,claim_total\n{rows}"));
    let told = json(&[&records], &["--amount-column", "claim_total"]);
    // One of the two rows says it without a mark.
    assert_eq!(told["charges"]["affected"], "1234.00");
    assert_eq!(
        (&told["charges"]["whose"], &told["charges"]["differing"]),
        (&"claim".into(), &0.into())
    );
    let total = "A,2024-10-02,E88.81,0300,\nA,2024-10-02,E88.81,0001,\"1,234\"\nB,2024-10-02,I10,0300,\"1,5\"\n";
    let records = put(folder.path(), "s.csv", format!("claim_id,dos,dx1,rev_cntr,charge\n{total}"));
    let told = json(&[&records], &["--amount-column", "charge"]);
    assert_eq!(
        (&told["charges"]["affected"], &told["charges"]["ambiguous"]),
        (&Value::Null, &1.into())
    );
}

/// A column that says nowhere whose its amounts are was summed without a word where few
/// claims show that it repeats, or their rows stand apart.
#[test]
fn few_claims_are_enough_to_doubt_a_column_whose_name_says_nothing() {
    let folder = folder();
    let told = |name: &str, rows: &str| {
        let table = format!("claim_id,dos,dx1,{name}\n{rows}");
        let records = put(folder.path(), "r.csv", table);
        json(&[&records], &["--amount-column", name])["charges"].take()
    };
    let apart = "A,2024-10-02,E88.81,9.00\nB,2024-10-02,I10,5.00\nA,2024-10-02,E88.81,9.00\n";
    let unknown = told("billed", apart);
    assert_eq!((&unknown["affected"], &unknown["whose"]), (&"18.00".into(), &Value::Null));
    assert_eq!(unknown["look_like_totals"], true);
    // A name that says so is believed, as far as five claims.
    assert_eq!(told("line_charge", apart)["look_like_totals"], false);
    assert_eq!(told("line_charge", apart)["whose"], "line");
    // Lines of one claim that differ tell that they are lines.
    let differing =
        format!("{apart}C,2024-10-02,I10,1.00\nD,2024-10-02,I10,1.00\nC,2024-10-02,I10,2.00\n");
    assert_eq!(told("billed", &differing)["look_like_totals"], false);
    // Claims without findings tell as much, and wherever their rows stand.
    let others = "A,2024-10-02,E88.81,9.00\nB,2024-10-02,I10,5.00\nD,2024-10-02,I10,1.00\nB,2024-10-02,I10,5.00\n";
    assert_eq!(told("billed", others)["look_like_totals"], true);
    let adjacent = "B,2024-10-02,I10,5.00\n".repeat(2) + "A,2024-10-02,E88.81,9.00\n";
    assert_eq!(told("billed", &adjacent)["look_like_totals"], true);
    assert_eq!(told("billed", &others.replace("5.00", "0.00"))["look_like_totals"], false);
    // So does another file, in which no claim has any.
    let one = "A,2024-10-02,E88.81,9.00\n";
    let two = "B,2024-10-02,I10,5.00\n".repeat(2);
    let [one, two] = [("one.csv", one), ("two.csv", &two)]
        .map(|(name, rows)| put(folder.path(), name, format!("claim_id,dos,dx1,billed\n{rows}")));
    let both = json(&[&one, &two], &["--amount-column", "billed"])["charges"].take();
    assert_eq!((&both["affected"], &both["look_like_totals"]), (&"9.00".into(), &true.into()));
    // Nothing was billed on any: that tells nothing.
    assert_eq!(told("billed", &apart.replace("9.00", "0.00"))["look_like_totals"], false);
    for name in ["claim_total", "CLM_TOT_CHRG_AMT", "total_claim_charge_amount"] {
        assert_eq!(told(name, apart)["affected"], "9.00", "{name}");
    }
    let records = put(folder.path(), "r.csv", format!("claim_id,dos,dx1,billed\n{apart}"));
    let ran = audit(&[&records], &["--amount-column", "billed"]).well();
    assert!(ran.stdout.contains("look again: every claim of several lines (1)"), "{}", ran.stdout);
    assert!(ran.stderr.contains("its name does not say whether"), "{}", ran.stderr);
}

/// A row without the cell was counted as if the cell were empty.
#[test]
fn a_row_that_is_too_short_has_no_value_and_not_an_empty_one() {
    let folder = folder();
    let records = put(
        folder.path(),
        "records.csv",
        "dos,dx1,clinic\n2024-10-02,E88.81,\n2024-10-02,E88.81\n2024-10-02,E88.81,North,South\n",
    );
    let told = json(&[&records], &["--group-by", "clinic"]);
    let values = told["groups"][0]["values"].as_array().unwrap();
    let values: Vec<_> = values.iter().map(|one| (&one["known"], &one["claims"])).collect();
    assert_eq!(values, [(&false.into(), &2.into()), (&true.into(), &1.into())]);
    let text = audit(&[&records], &["--group-by", "clinic"]).well().stdout;
    assert!(text.contains("2  on 2 claims    (not known: row too short or too long)"), "{text}");
    assert!(text.contains("1  on 1 claim     (empty)"), "{text}");
}
