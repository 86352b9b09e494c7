export declare const composeSchema: (folder?: string) => void;
