/** The description of a device token that an operation issues. */
export const NEW_DEVICE_TOKEN =
  'A token that proves at a later login that this device has been used by the user before: store it, and send it as `LoginInput.deviceToken`. Null in cookie mode. This release issues no device tokens: always null.';
