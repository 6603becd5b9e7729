import { openDatabase } from "../../../shared/sqlite/index.ts";

/** Opens the database that its arguments describe, stores one note, says so, and waits to be killed. */
const [file = "", applicationId, ...migrations] = process.argv.slice(2);
const database = openDatabase(file, { applicationId: Number(applicationId), migrations }, "either");
database.exec("INSERT INTO note (text) VALUES ('from another process')");
console.log("stored");
setInterval(() => database.pragma("user_version"), 60_000);
