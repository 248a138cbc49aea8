use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn row(id: &str, status: Status) -> Row {
    let [id, section, promise, waits_for] = [id, "1", "a promise", "x"].map(str::to_owned);
    Row {
        list: List::Behaviours,
        id,
        section,
        promise,
        status,
        waits_for,
    }
}

fn cover(id: &str) -> Cover {
    Cover {
        id: id.to_owned(),
        file: "a.rs".to_owned(),
        test: "t".to_owned(),
    }
}

fn rows(kept: Vec<Row>, covers: Vec<Cover>) -> Rows {
    Rows {
        root: PathBuf::from("nowhere"),
        kept,
        rules: Vec::new(),
        covers,
        misplaced: Vec::new(),
    }
}

#[test]
fn every_row_has_its_test_or_waits() {
    let problems = Rows::read(&root()).unwrap().problems();
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[test]
fn the_lists_hold_every_promise_and_every_attack() {
    let kept = Rows::read(&root()).unwrap().kept;
    let count = |letter: char| kept.iter().filter(|row| row.id.starts_with(letter)).count();
    assert_eq!(
        ['A', 'T', 'V', 'I', 'C', 'E', 'G', 'X', 'O'].map(count),
        [19, 22, 7, 4, 12, 12, 11, 6, 354]
    );
    assert_eq!(kept.len(), 447);
}

#[test]
fn a_covered_row_must_be_now_and_a_row_that_is_now_must_be_covered() {
    let check = |status: Status, covered: bool, expected: Option<&str>| {
        let rows = rows(
            vec![row("A-01", status)],
            if covered { vec![cover("A-01")] } else { vec![] },
        );
        let said = rows.wrong_status(&rows.kept[0]);
        assert_eq!(said.is_some(), expected.is_some(), "{said:?}");
        assert!(said.unwrap_or_default().contains(expected.unwrap_or_default()));
    };
    check(Status::Now, true, None);
    check(Status::Now, false, Some("no test covers it"));
    check(Status::Open, false, None);
    check(Status::Open, true, Some("--write"));
    check(Status::Step(2), true, None);
    check(Status::Later, false, None);
}

#[test]
fn settling_flips_open_rows_and_never_back() {
    let kept = vec![
        row("A-01", Status::Open),
        row("A-02", Status::Now),
        row("A-03", Status::Step(3)),
    ];
    let mut rows = rows(kept, vec![cover("A-01"), cover("A-03")]);
    rows.settle();
    let statuses: Vec<Status> = rows.kept.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [Status::Now, Status::Now, Status::Step(3)]);
}

#[test]
fn a_claim_on_an_unknown_row_is_a_problem() {
    let problems = rows(vec![row("A-01", Status::Now)], vec![cover("A-01"), cover("A-99")]).problems();
    assert!(problems.iter().any(|problem| problem.contains("A-99")), "{problems:?}");
}

#[test]
fn the_page_shows_an_open_row_as_open() {
    let page = page::print(&rows(
        vec![row("A-01", Status::Open), row("A-02", Status::Later)],
        vec![],
    ));
    assert!(page.contains("| A-01 | 1 | a promise | **open**; x |  |"), "{page}");
    assert!(page.contains("| A-02 | 1 | a promise | **later**: x |  |"), "{page}");
}
