// @ts-check
import { appliance } from "./api.js";
import { address } from "./where.js";

/** Where providers send people back to: of the public address, which may be another than the one in the browser's bar. */
export const returnAddress = () => `${(appliance.value?.public_url ?? location.origin + address("")).replace(/\/$/, "")}/oauth/callback`;
