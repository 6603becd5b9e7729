export { createFeed, type Feed, type FeedEvent } from "./feed.ts";
export { createFollowers, type Followers } from "./followers.ts";
export { createSlots } from "./slots.ts";
