//! How a table is spelled here: columns by type, then keys.
use sea_orm_migration::prelude::*;

/// A table under construction.
pub(crate) struct TableOf(TableCreateStatement);

impl TableOf {
    /// A table of the whole installation.
    pub(crate) fn named(name: &'static str) -> Self {
        Self(Table::create().table(name).to_owned())
    }
    /// A table whose rows belong to a realm.
    pub(crate) fn of_realm(name: &'static str) -> Self {
        Self::named(name).text(&["tenant", "realm"])
    }
    pub(crate) fn text(self, names: &[&'static str]) -> Self {
        self.columns(names, |c| c.text().not_null().take())
    }
    pub(crate) fn maybe_text(self, names: &[&'static str]) -> Self {
        self.columns(names, |c| c.text().null().take())
    }
    /// 64-bit numbers; times are Unix milliseconds.
    pub(crate) fn number(self, names: &[&'static str]) -> Self {
        self.columns(names, |c| c.big_integer().not_null().take())
    }
    pub(crate) fn maybe_number(self, names: &[&'static str]) -> Self {
        self.columns(names, |c| c.big_integer().null().take())
    }
    pub(crate) fn flag(self, names: &[&'static str]) -> Self {
        self.columns(names, |c| c.boolean().not_null().take())
    }
    pub(crate) fn bytes(self, names: &[&'static str]) -> Self {
        self.columns(names, |c| c.blob().not_null().take())
    }
    /// A number the database counts up; the primary key.
    pub(crate) fn counted(self, name: &'static str) -> Self {
        self.columns(&[name], |c| {
            c.big_integer().not_null().auto_increment().primary_key().take()
        })
    }
    pub(crate) fn key(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        for column in columns {
            index.col(*column);
        }
        self.0.primary_key(&mut index);
        self
    }
    pub(crate) async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.0).await
    }

    fn columns(mut self, names: &[&'static str], shape: impl Fn(&mut ColumnDef) -> ColumnDef) -> Self {
        for name in names {
            self.0.col(shape(&mut ColumnDef::new(*name)));
        }
        self
    }
}

/// An index over `columns`, unique or not.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    let mut statement = Index::create();
    statement.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        statement.col(*column);
    }
    if unique {
        statement.unique();
    }
    manager.create_index(statement.take()).await
}

/// A further column of a table.
pub(crate) async fn add(manager: &SchemaManager<'_>, table: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter.table(table).add_column(column);
    manager.alter_table(alter.take()).await
}
