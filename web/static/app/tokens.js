// @ts-check
// Making tokens of one's own.
import { api } from "./api.js";

/** How long a token can be good for, in days; 0 is until it is revoked. */
export const lives = [30, 90, 365, 0];

/** The answer has the token itself, this once. */
export const createToken = (/** @type {{name: string, scopes: string[], days: number}} */ { name, scopes, days }) =>
  api("POST", "/v1/me/tokens", { name, scopes, ...(days && { expires_in_days: days }) });
