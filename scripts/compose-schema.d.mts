export declare class UnusableModels extends Error {}
export declare const composeSchema: (folder?: string) => void;
