import { columnOf } from "./words.js";

// What the page shows: clauses, groups of findings, exchanges.

/** All of it, as page_data.py has put it together. */
export const data = JSON.parse(document.getElementById("data").textContent);

/** Every clause: a value by column. Their numbers are their places here. */
export const clauses = data.clauses.map((row, number) => {
  const clause = { number };
  data.columns.forEach((column, place) => {
    clause[column] = row[place];
  });
  clause.column = columnOf(clause.part);
  return clause;
});
export const clauseById = new Map(clauses.map((clause) => [clause.id, clause]));
export const exchangeById = new Map(data.exchanges.map((exchange) => [exchange.id, exchange]));
export const findings = data.findings.flatMap((group) => group.clauses.map((number) => clauses[number]));
export const operations = [...new Set(clauses.map((clause) => clause.operation))];
