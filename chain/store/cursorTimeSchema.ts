/** Fifth schema: when the block was made that a route's cursor stands on; blocks behind it cannot be older. */
export const cursorTimeSchema = `
ALTER TABLE routes ADD COLUMN scanned_time INTEGER;
`;
