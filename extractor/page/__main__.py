"""What `nianbao app` lets Streamlit run."""

from extractor.page import main

main()
