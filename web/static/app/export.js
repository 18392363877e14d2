// @ts-check
// The audit trail as a file: read in pieces by row number, so that a long trail fits into no single answer, then saved.
import { api, ApiError } from "./api.js";
import { address } from "./where.js";

const rowsAtOnce = 20_000; // numbers, of which a filter may leave few

/** The pieces for the rows up to number `newest`: [{ after, before }]. Pure. */
export function piecesUpTo(newest, size = rowsAtOnce) {
  const pieces = [];
  for (let after = 0; after < newest; after += size) pieces.push({ after, before: Math.min(after + size, newest) + 1 });
  return pieces;
}

/** Rows of `query` up to number `newest`, as the texts of one file, oldest first. `format` is csv or jsonl. */
export async function readExport({ format, query, newest, onProgress = (share) => {}, signal }) {
  const texts = [];
  const pieces = piecesUpTo(newest);
  for (const [at, piece] of pieces.entries()) {
    onProgress(at / pieces.length);
    const asked = new URLSearchParams({ ...query, format, before: String(piece.before), ...(piece.after && { after: String(piece.after) }) });
    const response = await fetch(`${address("/v1/audit/export")}?${asked}`, { credentials: "same-origin", signal });
    if (!response.ok) {
      const said = await response.json().catch(() => ({}));
      if (response.status === 401) await api("GET", "/v1/session"); // asks to sign in again
      throw new ApiError({ status: response.status, id: said.error ?? `http_${response.status}`, message: said.message ?? "" });
    }
    texts.push(await response.text());
  }
  onProgress(1);
  return texts;
}

/** Gives the browser a file to save. */
export function save(texts, name, type) {
  const url = URL.createObjectURL(new Blob(texts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
