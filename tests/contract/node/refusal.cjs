// Tells how a request was refused.
"use strict";

module.exports = async function refusal(ask) {
  try {
    await ask();
  } catch (error) {
    if (error.status === undefined) throw error;
    return { status: error.status, code: error.code, message: error.message };
  }
  throw new Error("it was not refused");
};
